"""What Hampayam costs: throughput, latency, CPU, memory, start; each beside a measure taken in the same minute.

`python -m tests.bench --help`; `docs/benchmarks.md` is written by `--write`. A figure by itself says little on a
machine whose speed changes within minutes, so everything that can be is a ratio of two chunks that alternate.
"""
