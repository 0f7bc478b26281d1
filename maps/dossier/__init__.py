"""The inspection dossier: one folder made from one store, as of one day, every figure provable from it.

`edition` says what goes in, `pieces` what a file of it is, each other module makes one part,
`building` puts them into the folder and `manifest` signs it off.
"""
