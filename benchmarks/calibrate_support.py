"""Fit the weights of rag/checking/support.py, and measure the support check on unseen claims.

    python -m benchmarks.calibrate_support SQUAD2 [--conversations SET] [--verified FILE]

The weights are fitted on sentences that the local LLM generated about SQUAD2, labelled by a reader,
and on the written statements that training left out. Everything else is only measured: how many
true claims are supported, and how many false ones, by what was made false. FILE is an output of
`benchmarks.collect_verified`; with it, what the local LLM says about doubtful claims counts too.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from benchmarks.claims import (
    ClaimReader,
    LabelledClaim,
    key_of,
    read_answers,
    read_claims,
    read_conversations,
    read_fresh_claims,
    read_written,
)
from rag.assembly.open_index import open_encoder
from rag.assembly.settings import read_settings
from rag.checking.support import LEAST_SUPPORT, MIN_SUPPORT, SupportFeatures, estimate_support, verify_support
from rag.encoders.judge import JUDGE_FOLDER, open_judge
from rag.probability import log_odds

FITTED = ("local LLM", "written")
# More support speaks for a claim, missing facts speak against it.
SIGNS = (1, 1, -1, -1, -1)
L2 = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("squad2", type=Path, help="question set that the local LLM was asked")
    parser.add_argument("--conversations", type=Path, help="question set whose accepted answers are measured")
    parser.add_argument("--verified", type=Path, help="what the local LLM says about claims")
    parser.add_argument("--judge", type=Path, default=JUDGE_FOLDER, help="folder of another judge")
    options = parser.parse_args()
    reader = ClaimReader(open_encoder(read_settings()), open_judge(options.judge))
    claims = [*read_claims(), *read_fresh_claims(), *(one for one in read_written() if one.language == "en")]
    claims += read_answers(options.squad2)
    if options.conversations:
        claims += read_conversations(options.conversations)
    rows = [(one, found.features) for one in claims if (found := reader.read(one)) is not None]
    fit([row for row in rows if row[0].set in FITTED])
    scored = [(one, estimate_support(features)) for one, features in rows]
    measure(scored)
    if options.verified:
        said = {row["key"]: row["verified"] for row in map(json.loads, options.verified.open())}
        known = [(one, score, said[key_of(one)]) for one, score in scored if key_of(one) in said]
        fit_verified([row for row in known if row[0].set in FITTED])
        print("\nof these, with the local LLM")
        measure([(one, verify(score, verified)) for one, score, verified in known])


def fit(rows: Sequence[tuple[LabelledClaim, SupportFeatures]]) -> None:
    """Print weights; sets weigh the same, and in each of them true and false claims."""
    print("support:", _fit([one for one, _ in rows], [list(features) for _, features in rows], SIGNS))


def fit_verified(rows: Sequence[tuple[LabelledClaim, float, float]]) -> None:
    """Print the weights of the score and of what the LLM says."""
    values = [[log_odds(score), log_odds(verified)] for _, score, verified in rows]
    print("\nverified:", _fit([one for one, _, _ in rows], values, (1, 1)))


def _fit(claims: Sequence[LabelledClaim], values: Sequence[Sequence[float]], signs: Sequence[int]) -> str:
    """Return the weights of a logistic regression whose weights keep their signs."""
    n_of = Counter((one.set, one.is_true) for one in claims)
    balance = np.array([len(claims) / n_of[one.set, one.is_true] / len(n_of) for one in claims])
    towards = np.where([one.is_true for one in claims], 1.0, -1.0)
    inputs = np.array(values)

    def loss(weights: np.ndarray) -> float:
        margins = towards * (inputs @ weights[:-1] + weights[-1])
        return float(balance @ np.logaddexp(0, -margins) + L2 / 2 * (weights[:-1] ** 2).sum())

    bounds = [*((0, None) if sign > 0 else (None, 0) for sign in signs), (None, None)]
    *weights, bias = minimize(loss, np.zeros(len(signs) + 1), bounds=bounds, method="L-BFGS-B").x
    listed = ", ".join(f"{weight:.2f}" for weight in weights)
    return f"weights fitted on {len(claims)} claims: ({listed}), bias {bias:.2f}"


def verify(score: float, verified: float) -> float:
    """Return the support of a claim as answering weighs it: the LLM is asked only about doubts."""
    return verify_support(score, verified) if LEAST_SUPPORT <= score < MIN_SUPPORT else score


def measure(rows: Sequence[tuple[LabelledClaim, float]]) -> None:
    """Print for each set and language, and each kind of claim, how many are supported."""
    groups: dict[tuple[str, str], list[tuple[LabelledClaim, float]]] = defaultdict(list)
    for one, score in rows:
        groups[one.set, one.language].append((one, score))
    for (name, language), found in sorted(groups.items()):
        scores, truth = np.array([score for _, score in found]), np.array([one.is_true for one, _ in found])
        print(f"\n{name}, {language}: area under the curve {roc_auc_score(truth, scores):.3f}")
        print(f"  {'kind':22} {'claims':>6} {'supported':>9} {'doubtful':>9} {'contradicted':>12}")
        kinds = sorted({one.kind for one, _ in found}, key=lambda kind: (kind != "true", kind))
        for kind in [*kinds, "all false"]:
            of_kind = [score for one, score in found if one.kind == kind or (kind == "all false" and not one.is_true)]
            shares = _shares(np.array(of_kind))
            print(
                f"  {kind:22} {len(of_kind):6} "
                + " ".join(f"{share:{width}.3f}" for share, width in zip(shares, (9, 9, 12), strict=True))
            )


def _shares(scores: np.ndarray) -> tuple[float, float, float]:
    supported, contradicted = float((scores >= MIN_SUPPORT).mean()), float((scores < LEAST_SUPPORT).mean())
    return supported, 1 - supported - contradicted, contradicted


if __name__ == "__main__":
    main()
