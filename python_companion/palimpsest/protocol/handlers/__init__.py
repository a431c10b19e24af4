"""What answers each method: thin, delegating to the parts of the companion.

The parts are imported when they are first needed, so that loading the extension into a kernel
stays quick.
"""
