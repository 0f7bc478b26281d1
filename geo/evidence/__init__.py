"""Evidence files from others: told by their content, looked over, cleaned; what is refused gets one clear line.

`taking.take` is the way in; `geo.store.evidence` keeps what it returns.
"""
