"""What the tools' own stores hold once the process that wrote them has ended.

Each module reads one kind of store, run as a process of its own with the folder of a run as argument,
and prints JSON.
"""
