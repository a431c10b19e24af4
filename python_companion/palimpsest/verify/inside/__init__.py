"""What runs inside a sandboxed process: executing the cells and observing their result."""
