"""Read and cut files in a child process: `python -m rag.documents.child`.

A parser that crashes, hangs or takes too much memory ends with this process. Requests come in, and
contents or reasons go out, as one JSON object a line. Nothing is written to the disk, but for the
temporary folder in which LibreOffice converts a file of before 2007.
"""

import contextlib
import hashlib
import json
import os
import resource
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rag.documents.formats import read_file
from rag.documents.formats.shared.limits import Limits
from rag.documents.passages import chunk_document
from rag.errors import DocumentUnreadable, ProgramMissing
from rag.text.languages import detect_language
from rag.text.sentences import split_sentences
from rag.text.tokens import count_tokens
from rag.types import Document


def main() -> None:
    """Answer requests until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # A library that prints must not print between the replies.
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        _limit_memory(request["max_memory_bytes"])
        replies.write(json.dumps(_answer(request)) + "\n")
        replies.flush()


def _answer(request: dict) -> dict:  # type: ignore[type-arg]  # JSON objects
    try:
        return read_request(request)
    except ImportError as error:
        return {"reason": f"its reader is not installed whole ({error.name}); install Footnote again"}
    except OSError as error:
        return {"reason": f"cannot be read ({error.strerror}); check the file's permissions"}
    except ProgramMissing as error:
        return {"reason": str(error)}
    except DocumentUnreadable as error:
        reason = str(error)
    except MemoryError:
        reason = "takes more memory than it may; split it or raise parse_memory_mb"
    except RecursionError:
        reason = "is nested too deeply to be read"
    except Exception as error:  # noqa: BLE001 -- a hostile file may raise anything from a parser
        reason = f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return {"reason": reason, "is_lasting": True}


def read_request(request: dict) -> dict:  # type: ignore[type-arg]  # JSON objects
    """Read and cut one file.

    Raises:
        DocumentUnreadable: It cannot be read. A parser may raise anything else.
    """
    content = Path(os.fsdecode(bytes.fromhex(request["path"]))).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != request["sha256"]:
        return {"reason": "changed while it was read; run `rag index` again"}
    media_type, parsed = read_file(content, request["name"], Limits(**request["limits"]))
    language = (parsed.facts.language or "")[:2].lower() or detect_language(parsed.text)
    document: dict[str, Any] = {
        "uri": "",
        "sha256": sha256,
        "media_type": media_type,
        "language": language,
        "text": parsed.text,
        "blocks": parsed.blocks,
        "left_out": parsed.left_out,
        "counts": parsed.counts,
        "picture_pages": parsed.picture_pages,
    }
    passages = chunk_document(
        Document(**document),
        partial(split_sentences, language=language),
        count_tokens,
        max_tokens=request["max_tokens"],
        min_tokens=request["min_tokens"],
    )
    return {
        "document": document,
        "facts": asdict(parsed.facts),
        "passages": [(p.start, p.end, p.sentences, p.page, p.headings) for p in passages],
    }


def _limit_memory(max_bytes: int) -> None:
    # This fails if the owner of the machine has set a lower limit, which then stays.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


if __name__ == "__main__":
    main()
