"""The soak: many people talk in many chats while everything around the bridge fails, and an independent checker says
what became of their words. `docs/reliability.md` tells how to run it and how to read what it says."""
