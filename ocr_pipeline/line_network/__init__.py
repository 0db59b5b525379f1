"""Tesseract's line recogniser without Tesseract's runtime: its models' own weights, many lines at a time.

``model_file`` reads a ``traineddata`` file, ``network`` runs what is in it, ``line_images`` gives it lines as Tesseract
would, ``decoding`` makes words of what it says. Nearly the same text in a third of the time: Tesseract multiplies one step of
one line at a time, here all lines of a page go through each step together.
"""
