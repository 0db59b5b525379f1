"""The inner loops: plain Python of the kind that ``compiled`` turns into machine code, without lists, objects or new arrays."""
