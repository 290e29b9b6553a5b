"""The words of the tool as frozen records. Imports nothing else of ours."""
