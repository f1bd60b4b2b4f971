"""Make the pages of docs/activations from the records of the catalogue.

python docs/make_activations.py            # write docs/activations
python docs/make_activations.py FOLDER     # write there instead
"""

from __future__ import annotations

import sys
from pathlib import Path

from halfwave.activations import all_activations
from halfwave.cards.page import write_pages

if __name__ == "__main__":
    here = Path(__file__).parent / "activations"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    written = write_pages(all_activations().values(), folder)
    print(f"{len(written)} files in {folder}")
