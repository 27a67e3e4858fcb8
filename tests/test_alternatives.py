#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/alternatives.py on a study whose answers follow from its numbers: 100 people on one day, decided on after 20 days, in five arms."""
import csv
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "analysis")
from harness import check, run, skip_all  # noqa: E402

try:
    import h5py
    import numpy as np

    import alternatives
except ImportError as missing:
    skip_all(missing)

WAYFARE = os.environ.get("WAYFARE", "./wayfare")
ADULTS, CHILDREN, DAYS = 60, 40, 20  # adults need no protection, children are refugees; all wait so many days


def close(value, wanted, what, within=1e-9):
    check(abs(value - wanted) <= within, f"{what}: {value:.9g} where {wanted:.9g} was expected")


# A study with known answers ---------------------------------------------------------------------------------------------
FILES = {
    "places.csv": "name,state,latitude,longitude,kind\nKin,Need,1,1,city\nMan,Wish,2,2,city\nGate,Here,3,3,disembarkation+reception\n",
    "arrivals.csv": f"day,Kin,Man\n0,{CHILDREN},{ADULTS}\n1,0,0\n",
    "age.csv": "value,default,Need\n10,0,1\n30,1,0\n",
    "protection.csv": "value,default,Need\nrefugee,0,1\nother,0,0\nobstacle,0,0\nnone,1,0\n",
    "scenario.cfg": """title = "known answers"; start = "2031-01-01"; days = 60;
world = { places = "places.csv"; };
drivers = ( { name = "arrivals"; over = "place"; file = "arrivals.csv"; } );
traits = ( { name = "age"; file = "age.csv"; }, { name = "protection"; file = "protection.csv"; } );
models = ( { name = "protection"; }, { name = "arrivals"; at = "Gate"; }, { name = "placement"; },
           { name = "determination"; office_spread = 0.0; }, { name = "case"; }, { name = "accounts"; } );
case = {
  states = ("Here");
  statuses = ( { name = "refugee"; level = "protection"; }, { name = "refused"; level = "none"; } );
  services = ( { name = "detention_places"; kind = "places"; capacity = 1000.0; }, { name = "escorts"; capacity = 1000.0; cost = 500.0; } );
  placements = (
    { name = "detention"; service = "detention_places"; meanwhile = "community"; detains = true; use = 0.0; onset = 1.0; lasting = 1.0; cost_day = 100.0; },
    { name = "open_reception"; cost_day = 10.0; },
    { name = "community"; use = 0.0; cost_day = 2.0; } );
  stages = (
    { name = "waiting"; deadline = 20.0; sensitivity = 1.0; specificity = 1.0; placements = ("detention", "open_reception");
      outcomes = ( { to = "recognised"; status = "refugee"; weights = (1.0, 1.0, 0.0, 0.0); },
                   { to = "removal"; status = "refused"; weights = (0.0, 0.0, 1.0, 1.0); } ); },
    { name = "removal"; service = "escorts"; decided = true; placements = (); outcomes = ( { to = "returned_by_force"; } ); },
    { name = "recognised"; decided = true; },
    { name = "returned_by_force"; decided = true; returns = "forced"; } );
};
""",
    "study.cfg": """scenario = "scenario.cfg"; replicates = 2; draws = 0; design = "none"; every = 10;
keep = ( { name = "stage_reached"; by = ("stage"); }, { name = "placement_days"; by = ("placement", "age_group"); }, { name = "entered_placement"; by = ("placement"); },
  { name = "left_without_leave"; by = ("placement"); }, { name = "hearings"; by = ("placement", "appeared"); }, { name = "onsets"; by = ("placement"); },
  { name = "final_decisions"; by = ("legal_status", "days_to_decision", "need"); }, "final_decision_days", { name = "returns"; by = ("return_kind", "protection_class"); },
  "refoulement", "cost", { name = "waiting"; by = ("service"); }, { name = "places_taken"; by = ("service"); } );
arms = (
  { name = "free"; },
  { name = "held"; policies = ( { name = "a"; lever = "use"; where = "detention"; set = 1.0; }, { name = "b"; lever = "use"; where = "open_reception"; set = 0.0; },
                                { name = "c"; lever = "detain_children"; where = "detention"; set = 2.0; } ); },
  { name = "adults held"; policies = ( { name = "a"; lever = "use"; where = "detention"; set = 1.0; }, { name = "b"; lever = "use"; where = "open_reception"; set = 1e-9; } ); },
  { name = "few places"; policies = ( { name = "a"; lever = "use"; where = "detention"; set = 1.0; }, { name = "b"; lever = "use"; where = "open_reception"; set = 0.0; },
                                { name = "c"; lever = "detain_children"; where = "detention"; set = 2.0; }, { name = "d"; lever = "staff"; where = "detention_places"; set = 25.0; } ); },
  { name = "blind"; policies = ( { name = "a"; lever = "sensitivity"; where = "waiting"; set = 0.0; } ); }
);
""",
}


def measured(folder):
    """(arm, measure) -> row of the csv that the command writes."""
    for name, text in FILES.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    results = os.path.join(folder, "known.h5")
    for command in ([WAYFARE, "study", os.path.join(folder, "study.cfg"), "--out", results], [sys.executable, "analysis/alternatives.py", results]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:] + done.stdout[-200:])
    for ending in (".md", ".csv", ".png"):
        check(os.path.getsize(results[:-3] + "_alternatives" + ending) > 500, f"no {ending}")
    with open(results[:-3] + "_alternatives.csv", encoding="utf-8") as file:
        return {(row["arm"], row["measure"]): row for row in csv.DictReader(file)}


def known_answers(folder):
    rows = measured(folder)
    people, seats = ADULTS + CHILDREN, 25
    value = lambda arm, name: float(rows[arm, name]["median"] or "nan")  # noqa: E731
    # who is assigned detention is in the community on the first evening, since places are given in the morning
    held, seat, escorts = (DAYS - 1) * 100 + 2, (DAYS - 1) * 98, ADULTS * 500 / (people * DAYS)
    wanted = {
        "cost_person_day": (10 + escorts, held / DAYS + escorts, (ADULTS * held / DAYS + CHILDREN * 10) / people + escorts, 2 + seats * seat / (people * DAYS) + escorts, 10 + 500 / DAYS),
        "days_detained": (0, DAYS - 1, ADULTS * (DAYS - 1) / people, seats * (DAYS - 1) / people, 0),
        "child_days": (0, CHILDREN * (DAYS - 1), 0, None, 0),
        "harm": (0, 1000, 1000 * ADULTS / people, 1000 * seats / people, 0),
        "days_to_decision": (DAYS,) * 5,
        "decided_90": (1,) * 5,
        "completed": (1,) * 5,
        "lost": (0,) * 5,
        "forced": (ADULTS / people,) * 4 + (1,),
        "voluntary": (0,) * 5,
        "wrong_refusals": (0, 0, 0, 0, CHILDREN / people),
        "refoulement": (0, 0, 0, 0, CHILDREN),
        "waiting_days": (0, 1, ADULTS / people, ((people - seats) * (DAYS - 1) + people) / people, 0),
        "coverage_detention": (None, 1, 1, seats / people, None),
    }
    for name, values in wanted.items():
        for arm, answer in zip(("free", "held", "adults held", "few places", "blind"), values):
            if answer is not None:
                close(value(arm, name), answer, f"{name}, {arm}", 1e-6)
    close(float(rows["held", "cost_person_day"]["difference_median"]), value("held", "cost_person_day") - value("free", "cost_person_day"), "difference", 1e-6)
    labels = {arm: rows[arm, "harm"]["legal"] for arm in ("free", "held", "adults held", "few places", "blind")}
    check(labels == {"free": "", "held": "children may be detained", "adults held": "", "few places": "children may be detained", "blind": ""}, f"legal labels: {labels}")


# The arithmetic ---------------------------------------------------------------------------------------------------------
def parts(_):
    close(alternatives.agreement(np.array([1.0, 2.0, -1.0, 3.0])), 0.75, "agreement")
    check(np.isnan(alternatives.agreement(np.zeros(4))), "no difference has no sign")
    check([alternatives.is_child(label) for label in ("0-4", "5-11", "12-17", "18-59", "60+")] == [True, True, True, False, False], "who is a child")
    check(list(alternatives.few(np.array([0, 3, 9.9, 10]))) == [False, True, True, False], "few events")
    above, below = np.array([1.0, 1.0]), np.array([2.0, 0.0])
    check(alternatives.ratio(above, below)[0] == 0.5 and np.isnan(alternatives.ratio(above, below)[1]), "a share of nobody")
    check(alternatives.ratio(None, below) is None, "what was not kept")


class Drawn:
    """A study of 40 draws and 2 seeds in which the difference is the first parameter less 0.25."""

    draws, replicates = 40, 2

    def __init__(self, file):
        self.file = file
        drawn = np.random.default_rng(1).random((40, 2))
        file.create_dataset("parameter", data=np.array(["what counts", "what does not"], object), dtype=h5py.string_dtype())
        file["parameter_value"] = drawn
        self.same, self.difference = [1, 0.75], np.stack([np.zeros(80), np.repeat(drawn[:, 0] - 0.25, 2)])


def what_turns(folder):
    with h5py.File(os.path.join(folder, "drawn.h5"), "w") as file:
        study = Drawn(file)
        other, name, rank = alternatives.turning(study, study, 1)
    close(other, 0.25, "pairs the other way")
    check(name == "what counts", f"found {name}")
    close(rank, 1, "rank correlation")


CASES = [known_answers, parts, what_turns]


if __name__ == "__main__":
    run(CASES)
