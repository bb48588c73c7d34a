"""People reach people: consent, requests, and the private chats in which they are made.

A person is a Matrix id here, like everywhere: the ghost of somebody on a messenger, or somebody on Matrix.
"""
