"""Forgetting: preview, apply, prove, receipts."""
