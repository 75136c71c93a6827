"""`python -m mceval8k`: the command, for launchers such as `accelerate launch -m mceval8k`."""

from mceval8k.cli import main

if __name__ == "__main__":
    main()
