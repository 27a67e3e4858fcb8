#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong decisions that cannot be seen: ranges where the answer is known, a crowd of persons decided on one by one, a made-up study."""
import csv
import itertools
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "analysis")
from harness import check, run, skip_all  # noqa: E402

try:
    import h5py
    import numpy as np

    import accuracy_set
    from accuracy_set import PRIOR, QUANTITIES, Spec
except ImportError as missing:
    skip_all(missing)

POINTS = 100_000


def close(value, wanted, within, what):
    check(abs(value - wanted) <= within, f"{what}: {value:.6g} where {wanted:.6g} was expected, within {within:.3g}")


def is_range(ends, low, high, within, what):
    close(ends[0], low, within, what + ", low")
    close(ends[1], high, within, what + ", high")


def fixed(**values):
    """A specification in which only the named observations count and the named parameters stand."""
    spec = Spec()
    spec.observed = dict.fromkeys(spec.observed)
    for name, value in values.items():
        if name in spec.prior:
            spec.prior[name] = value if isinstance(value, tuple) else (value, value)
        else:
            spec.observed[name.removeprefix("seen_")] = value
    return spec


# Two instances --------------------------------------------------------------------------------------------------------
def persons_one_by_one(_):
    """The formulas against a crowd that is decided on, appeals and is decided on again."""
    crowd, random = 2_000_000, np.random.default_rng(3)
    p = {"need": 0.35, "sensitivity": 0.7, "specificity": 0.9, "stay": 0.25, "appeal_sensitivity": 0.8, "appeal_specificity": 0.75, "appeal_stay": 0.15, "appeal_wrong": 0.95, "appeal_right": 0.7}
    happens = lambda chance: random.random(crowd) < chance  # noqa: E731
    need = happens(p["need"])
    grant = happens(np.where(need, p["sensitivity"], 1 - p["specificity"]))
    stay = ~grant & happens(p["stay"])
    refused = ~grant & ~stay
    lodged = refused & happens(np.where(need, p["appeal_wrong"], p["appeal_right"]))
    rescued = lodged & happens(np.where(need, p["appeal_sensitivity"], 1 - p["appeal_specificity"]))
    later_stay = lodged & ~rescued & happens(p["appeal_stay"])
    grants, left = grant | rescued, refused & ~rescued & ~later_stay
    seen, made = accuracy_set.instances({name: np.array([value]) for name, value in p.items()})
    allowed = rescued | later_stay
    wanted = {
        "recognition": grant.mean(), "stay": stay.mean(), "appeals": lodged.sum() / refused.sum(), "overturn": allowed.sum() / lodged.sum(), "later": allowed.sum() / refused.sum(),
        "wrong_refusals_first": need[refused].mean(), "wrong_refusals_last": need[left].mean(), "wrong_grants_first": (~need)[grant].mean(), "wrong_grants_last": (~need)[grants].mean(),
        "wrong_refusals_first_per_1000": 1000 * (need & refused).mean(), "wrong_refusals_last_per_1000": 1000 * (need & left).mean(),
        "wrong_grants_first_per_1000": 1000 * (~need & grant).mean(), "wrong_grants_last_per_1000": 1000 * (~need & grants).mean(),
    }  # fmt: skip
    check(set(wanted) == set(seen) | set(QUANTITIES) == set(seen) | set(made), "other names")
    for name, value in wanted.items():
        close({**seen, **made}[name][0], value, 0.003 * (1000 if name.endswith("1000") else 1), name)


def a_perfect_appeal_tells_the_truth(_):
    """Everybody appeals, the court is never wrong: what it overturns is what was wrong."""
    spec = fixed(appeal_sensitivity=1, appeal_specificity=1, appeal_stay=0, appeal_wrong=1, appeal_right=1, seen_overturn=(0.30, 0.45))
    _, _, ends, _ = accuracy_set.analytic(spec, POINTS)
    is_range(ends["wrong_refusals_first"], 0.30, 0.45, 0.002, "wrong refusals")
    is_range(ends["wrong_refusals_last"], 0, 0, 1e-9, "wrong refusals after appeal")
    half = fixed(appeal_sensitivity=1, appeal_specificity=1, appeal_stay=0, appeal_wrong=1, appeal_right=0.5, seen_overturn=(0.30, 0.45))
    _, _, ends, _ = accuracy_set.analytic(half, POINTS)  # x / (x + (1 - x) / 2)
    is_range(ends["wrong_refusals_first"], 0.15 / 0.85, 0.225 / 0.775, 0.002, "wrong refusals where half of the others appeal")


def a_perfect_first_instance(_):
    """All that is overturned is wrongly so; wrong grants after appeal follow."""
    spec = fixed(sensitivity=1, specificity=1, need=0.4, stay=0, appeal_stay=0, appeal_right=0.8, seen_overturn=(0.30, 0.45))
    parameters, _, ends, _ = accuracy_set.analytic(spec, POINTS)
    is_range((parameters["appeal_specificity"].min(), parameters["appeal_specificity"].max()), 0.55, 0.70, 0.002, "specificity of the appeal")
    is_range(ends["wrong_refusals_first"], 0, 0, 1e-9, "wrong refusals")
    grants = [0.6 * 0.8 * share for share in (0.30, 0.45)]
    is_range(ends["wrong_grants_last"], *[g / (0.4 + g) for g in grants], 0.002, "wrong grants")
    is_range(ends["wrong_grants_last_per_1000"], *[1000 * g for g in grants], 1, "wrong grants, persons")


def recognition_alone(_):
    """One unknown is bound, the other free: P = need sensitivity; wrong refusals = (need - P) / (1 - P)."""
    spec = fixed(specificity=1, stay=0, sensitivity=(0.5, 1.0), seen_recognition=(0.2, 0.3))
    _, _, ends, _ = accuracy_set.analytic(spec, POINTS)
    is_range(ends["wrong_refusals_first"], 0, 0.3 / 0.7, 0.003, "wrong refusals")
    check(spec.leans["wrong_refusals_first"] == "sensitivity 0.5", f"leans on '{spec.leans['wrong_refusals_first']}'")
    spec.prior["sensitivity"] = (0.25, 1.0)
    _, _, ends, _ = accuracy_set.analytic(spec, POINTS)  # need stops at 0.95, where sensitivity is 0.2 / 0.95 or above 0.25
    close(ends["wrong_refusals_first"][1], (0.95 - 0.25 * 0.95) / (1 - 0.25 * 0.95), 0.003, "with a worse instance allowed")


def more_knowledge_narrows(_):
    """Sets are nested, and their ends lie beyond those of the draws."""
    wide, narrow = Spec(), Spec()
    narrow.observed.update(overturn=(0.35, 0.40), later=(0.27, 0.36))
    for spec in (wide, narrow):
        _, values, spec.ends, _ = accuracy_set.analytic(spec, 3 * POINTS)
        for name, (low, high) in spec.ends.items():
            check(low <= np.nanmin(values[name]) and np.nanmax(values[name]) <= high, f"{name}: the ends lie within the draws")
    for name in QUANTITIES:
        check(wide.ends[name][0] <= narrow.ends[name][0] + 0.005 and narrow.ends[name][1] <= wide.ends[name][1] * 1.01 + 0.005, f"{name}: {narrow.ends[name]} in {wide.ends[name]}")
    check(narrow.ends["wrong_refusals_first"][1] < wide.ends["wrong_refusals_first"][1] + 1e-9, "nothing is narrower")


def points_fill_the_cube(_):
    points = accuracy_set.cube(0, 6400, 3)
    counts = np.histogramdd(points, bins=4, range=[(0, 1)] * 3)[0]
    check(points.min() > 0 and points.max() < 1 and counts.min() > 80 and counts.max() < 120, f"{counts.min()} to {counts.max()} where 100 were expected")
    check(np.array_equal(points[1000:1010], accuracy_set.cube(1000, 10, 3)), "parts of the sequence differ from the whole")


def who_drives(_):
    random = np.random.default_rng(2)
    a, b, c = random.random((3, 20000))
    shares = accuracy_set.drivers({"a": a, "b": b, "c": c}, {"q": 10 * a + 0 * b, "r": 4 * a + b})
    check(shares["q"]["a"] > 0.85 and shares["q"]["b"] < 0.02 and shares["q"]["c"] < 0.02, f"{shares}")
    check(shares["r"]["a"] > shares["r"]["b"] > shares["r"]["c"], f"{shares}")
    few = accuracy_set.drivers({"a": a[:50]}, {"q": a[:50]})
    check(np.isnan(few["q"]["a"]), "50 draws are enough")


# A study --------------------------------------------------------------------------------------------------------------
STAGES, STATUSES, CLASSES = ["claim", "interview", "court"], ["refugee", "subsidiary", "leave", "refused"], ["refugee", "other", "obstacle", "none"]
DRAWS, REPLICATES, MONTHS, CLAIMS = 500, 2, 3, 30_000
STUDY = '[study]\nfirst = ["interview"]\nappeal = "court"\nprotection = ["refugee", "subsidiary"]\nrefused = ["refused"]\n[observed]\nrecognition = [0.2, 0.5]\noverturn = [0.2, 0.5]\n'


def cells_of(p):
    """decisions (stage, status, class) in people; refugee and other one half each, obstacle and none one half each."""
    cells = np.zeros((3, 4, 4))
    for i, share in enumerate((p["need"] / 2, p["need"] / 2, (1 - p["need"]) / 2, (1 - p["need"]) / 2)):
        grant, later = (p["sensitivity"], p["appeal_sensitivity"]) if i < 2 else (1 - p["specificity"], 1 - p["appeal_specificity"])
        lodged = share * (1 - grant) * (1 - p["stay"]) * (p["appeal_wrong"] if i < 2 else p["appeal_right"])
        cells[1, :, i] = share * np.array([0.6 * grant, 0.4 * grant, (1 - grant) * p["stay"], (1 - grant) * (1 - p["stay"])])
        cells[2, :, i] = lodged * np.array([0.6 * later, 0.4 * later, (1 - later) * p["appeal_stay"], (1 - later) * (1 - p["appeal_stay"])])
    return CLAIMS * cells


def draws_of(seed=1):
    random = np.random.default_rng(seed)
    return {name: low + (high - low) * random.random(DRAWS) for name, (low, high) in PRIOR.items()}


def write_texts(file, name, values):
    file.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())


def write_tally(file, name, cells, axes):
    """cells: (draw, ...); spread over replicates and months."""
    shape = (1, DRAWS, REPLICATES, MONTHS, *cells.shape[1:])
    file[name] = np.broadcast_to(cells[None, :, None, None] / MONTHS, shape).copy()
    for i, axis in enumerate(axes, 4):
        file[name].dims[i].attach_scale(file[axis])


def write_study(folder, parts, failed=()):
    """parts: decisions by which axes are kept, final_decisions or not."""
    path, p = os.path.join(folder, "study.h5"), draws_of()
    cells = np.stack([cells_of({name: values[i] for name, values in p.items()}) for i in range(DRAWS)])
    with h5py.File(path, "w") as file:
        file.attrs.update({"title": "Made up", "source": "a test", "seed": 1, "scale": 1.0, "design": "random"})
        write_texts(file, "arm", ["only"])
        file["draw"], file["replicate"], file["time"] = np.arange(DRAWS), np.arange(REPLICATES), np.array([30, 58, 89], np.int32)
        file["time"].attrs["units"] = "days since 2014-01-01 00:00:00"
        file["time_bounds"] = np.array([[0, 31], [31, 59], [59, 90]], np.int32)
        file["run_status"] = np.zeros((1, DRAWS, REPLICATES), np.uint8)
        for run in failed:
            file["run_status"][run] = 1
        write_texts(file, "parameter", list(p))
        write_texts(file, "parameter_distribution", ["uniform"] * len(p))
        file["parameter_value"] = np.stack(list(p.values()), axis=1)
        for key in ("low", "high", "mode", "whole"):
            file["parameter_" + key] = np.zeros(len(p), np.uint8 if key == "whole" else float)
        for name, values in (("stage", STAGES), ("legal_status", STATUSES), ("protection_class", CLASSES), ("need", ["refugee", "other", "neither"])):
            write_texts(file, name, values)
            file[name].make_scale(name)
        write_tally(file, "decisions", cells if "protection_class" in parts else cells.sum(axis=-1), ["stage", "legal_status", "protection_class"][: 3 if "protection_class" in parts else 2])
        reached = np.stack([np.zeros(DRAWS), np.full(DRAWS, CLAIMS), cells[:, 2].sum(axis=(-1, -2))], axis=1)
        write_tally(file, "stage_reached", reached, ["stage"])
        if "final_decisions" in parts:
            last = cells[:, 1] + cells[:, 2]
            last[:, 3] -= cells[:, 2].sum(axis=1)  # who appealed is no longer refused by the first instance
            write_tally(file, "final_decisions", np.concatenate([last[..., :2], last[..., 2:].sum(axis=-1, keepdims=True)], axis=-1), ["legal_status", "need"])
        for run in failed:
            for name in {"decisions", "stage_reached", "final_decisions"} & set(file):
                file[name][run] = 10**9
    return path, p


def write_spec(folder, text=STUDY):
    path = os.path.join(folder, "spec.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def a_study_keeps_what_is_consistent(folder):
    spec = Spec(write_spec(folder))
    path, p = write_study(folder, ["protection_class"])
    seen, made = accuracy_set.instances(p)
    kept = (seen["recognition"] >= 0.2) & (seen["recognition"] <= 0.5) & (seen["overturn"] >= 0.2) & (seen["overturn"] <= 0.5)
    check(10 < kept.sum() < DRAWS - 10, f"{kept.sum()} draws are kept: the test sees nothing")
    parameters, values, ends, said = accuracy_set.from_study(spec, path, None)
    check(said.startswith(f"{kept.sum()} of {DRAWS}"), said)
    check(np.allclose(parameters["need"], p["need"][kept]) and set(values) == set(QUANTITIES), "draws")
    for name in QUANTITIES:
        check(np.allclose(values[name], made[name][kept], rtol=1e-9), f"{name}: other values")
        is_range(ends[name], made[name][kept].min(), made[name][kept].max(), 1e-6, name)


def other_tallies_of_a_study(folder):
    """Two axes only: the first instance is not known, the end is; appeals and later are read; failed runs and draws are left out."""
    spec = Spec(write_spec(folder, STUDY + "appeals = [0.6, 0.95]\nlater = [0.22, 0.4]\n"))
    seen, made = accuracy_set.instances(draws_of())
    kept = np.full(DRAWS, True)
    for name, (low, high) in (("recognition", (0.2, 0.5)), ("overturn", (0.2, 0.5)), ("appeals", (0.6, 0.95)), ("later", (0.22, 0.4))):
        kept &= (seen[name] >= low) & (seen[name] <= high)
    lost, half = np.flatnonzero(kept)[:2]
    path, _ = write_study(folder, ["final_decisions"], failed=[(0, lost, 0), (0, lost, 1), (0, half, 0)])
    kept[lost] = False
    _, values, _, _ = accuracy_set.from_study(spec, path, None)
    check(kept.sum() > 15 and set(values) == {name for name in QUANTITIES if "last" in name}, f"{kept.sum()}: {list(values)}")
    for name in values:
        check(np.allclose(values[name], made[name][kept], rtol=1e-9), f"{name}: other values")


# What is said ---------------------------------------------------------------------------------------------------------
BAD = [
    ("[observed]\nrecogniton = [0, 1]\n", "recogniton: unknown setting (did you mean 'recognition'?)"),
    ("[prior]\nneed = [0.6, 0.5]\n", "need: expected 0 <= lower <= upper <= 1"),
    ("[prior]\nneed = 0.5\n", "need: expected a lower and an upper end"),
    ("[observed]\noverturn = [0.3, 1.5]\n", "overturn: expected 0 <= lower <= upper <= 1"),
    ("[study]\nfirst = \"a\"\n", "study: expected first, appeal, protection and refused"),
    ("[observe]\n", "observe: unknown setting (did you mean 'observed'?)"),
    ("title : \n", "Expected '='"),
]


def refused(what, call, said):
    try:
        call()
        check(False, f"{what}: passed")
    except SystemExit as stopped:
        check(said in str(stopped), f"expected '{said}', found '{stopped}'")


def mistakes_are_named(folder):
    for text, said in BAD:
        refused(text, lambda text=text: Spec(write_spec(folder, text)), said)
    never = fixed(need=0.3, sensitivity=1, specificity=1, seen_recognition=(0.5, 0.6), seen_overturn=(0, 1))
    refused("never", lambda: accuracy_set.analytic(never, 1000), "no draw is consistent with all that was observed; with each alone: recognition 0 %, overturn 100 %")
    path, _ = write_study(folder, [])
    refused("no classes", lambda: accuracy_set.from_study(Spec(write_spec(folder)), path, None), "keeps neither `decisions` by protection_class")
    refused("a stage", lambda: accuracy_set.from_study(Spec(write_spec(folder, STUDY.replace("court", "curt"))), path, None), "no stage 'curt' (did you mean 'court'?)")
    refused("a status", lambda: accuracy_set.from_study(Spec(write_spec(folder, STUDY.replace('"subsidiary"', '"subsidary"'))), path, None), "no legal_status 'subsidary'")
    refused("no study", lambda: accuracy_set.from_study(Spec(), path, None), "study: is missing")


def files_are_written(folder):
    path, _ = write_study(folder, ["protection_class"])
    spec = write_spec(folder, 'title = "A test"\n' + STUDY)
    for arguments, stem in (([spec, "--study", path], path[:-3] + "_accuracy"), (["--points", "200000", "--observed", "later=0.2:0.4", "--out", os.path.join(folder, "set")], os.path.join(folder, "set"))):
        before, sys.argv = sys.argv, ["accuracy_set.py", *arguments]
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            out, sys.stdout = sys.stdout, nowhere
            try:
                accuracy_set.main()
            finally:
                sys.argv, sys.stdout = before, out
        with open(stem + ".csv", newline="", encoding="utf-8") as file:
            rows = {row["quantity"]: row for row in csv.DictReader(file)}
        check(list(rows) == list(QUANTITIES), f"{list(rows)}")
        for low, high in itertools.pairwise(("low", "low_90", "high_90", "high")):
            check(all(float(row[low]) <= float(row[high]) + 1e-9 for row in rows.values()), f"{low} lies above {high}")
        with open(stem + ".md", encoding="utf-8") as file:
            text = file.read()
        check("wrong refusals first" in text and "overturn" in text and " to " in text, "the report")
        check(all(os.path.getsize(stem + end) > 100 for end in ("_drivers.csv", "_parameters.csv")) and os.path.getsize(stem + ".png") > 10000, "files")


CASES = [
    persons_one_by_one,
    a_perfect_appeal_tells_the_truth,
    a_perfect_first_instance,
    recognition_alone,
    more_knowledge_narrows,
    points_fill_the_cube,
    who_drives,
    a_study_keeps_what_is_consistent,
    other_tallies_of_a_study,
    mistakes_are_named,
    files_are_written,
]


if __name__ == "__main__":
    run(CASES)
