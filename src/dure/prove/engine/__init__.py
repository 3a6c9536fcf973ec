"""
A transparency log by the public specifications, as a library of pure functions.

    strict       lines, decimals and base64 in their one canonical spelling
    checkpoint   origin, size and root                      C2SP tlog-checkpoint
    keys         who signs: Ed25519, cosigners 0x04, 0x06   C2SP signed-note, tlog-cosignature
    note         text signed by one or more keys            C2SP signed-note
    tiles        the tree in files of 256 hashes            C2SP tlog-tiles
    hashing      how leaves and nodes are hashed; lanes does it side by side, with numba
    growth       new entries in, new tiles out
    policy       which logs, which witnesses, how many      C2SP tlog-policy
    proof        one entry, proven offline                  C2SP tlog-proof
    many         many proofs against one checkpoint
    whole        a whole log against its checkpoint
    bundle       the facts of a product, each with its proof
    verdict      what a bundle proves and does not prove, in words
    witness      to cosign or not to cosign                 C2SP tlog-witness
    monitor      a member's own eyes on a log that others run
    audit        folds that find the first wrong thing

Nothing here reads a file, a clock or a network. Needs kernel and `cryptography` only (lanes numba).
"""
