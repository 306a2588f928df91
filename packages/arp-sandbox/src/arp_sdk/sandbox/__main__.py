import sys

from arp_sdk.sandbox._command import main

if __name__ == "__main__":
    sys.exit(main())
