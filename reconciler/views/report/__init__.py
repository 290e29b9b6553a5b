"""The residency report: one HTML file that needs nothing else, for who has no terminal.

``facts.py`` gathers what is said, ``map.py`` draws where it is, ``render.py`` puts both into
``report.html`` with ``report.css`` and ``report.js``. All is there without the script; it only sorts,
filters and turns pages.
"""
