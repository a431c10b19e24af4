"""Adaptations of training scripts, checked in the real tools after the process has ended.

`check` runs the original twice and the adapted script once, each in a scratch copy of its folder,
and looks at what the adapted one left in the tool's own store.
"""
