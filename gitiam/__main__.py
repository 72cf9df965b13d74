"""`python -m gitiam`."""

from gitiam.cli.main import main

if __name__ == "__main__":
    main()
