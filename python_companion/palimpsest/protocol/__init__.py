"""The wire: message schemas, and the transports that carry them."""
