"""The walls around code nobody has vetted: a process, its limits, its scratch folder."""
