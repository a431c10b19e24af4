"""The run file and the workspace catalog: everything that touches the disk."""
