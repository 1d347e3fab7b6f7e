"""The layers of a finished job in one HTML file that needs no network, no server and no library.

``encoding`` packs a layer, ``thinning`` says what is left out when all does not fit, ``payload`` streams a
job through both, ``page`` puts data, words and the scripts of ``static/`` together.
"""
