"""How people may write a command, and what is asked back: as they see it on GitHub."""

from __future__ import annotations

from github_app.replies.unclear import NOTHING_STARTED
from tests.scene import Scene, commit, eventually, instructions


def answers_to(scene: Scene, texts: list[str]) -> list[str]:
    """What each of these comments got for an answer on an issue of its own, after which nothing else had happened there."""
    issues = [scene.open_issue(f"Said: {text[:20]}", instructions(commit("never.txt"))) for text in texts]
    for issue, text in zip(issues, texts, strict=True):
        scene.comment(issue, text)
    answers = [eventually(lambda issue=issue: scene.comments(issue), f"an answer on #{issue}") for issue in issues]  # type: ignore[misc]
    for issue, answer in zip(issues, answers, strict=True):
        assert len(answer) == 1
        assert scene.harvest.jobs(issue) == []
        assert scene.reactions(issue) == []
    return [answer[0].partition("-->\n")[2] for answer in answers]


def test_what_is_not_clear_is_asked_back_in_one_line_and_costs_nothing(scene: Scene) -> None:
    text = "If it is part of the text, put `--` before that."
    assert answers_to(
        scene,
        [
            "Hm.\n/harvset fix it",
            "/harvest --modle opus fix it",
            "/harvest stop --all-of-it",
            "/harvest --draft --ready fix it",
            "/harvest --budget lots fix it",
            "/harvest fix it --model opus",
            "/harvest help\n" * 6,
            "/harvest --budget 1000 fix it",
            "Next:\n\n- [ ] /harvest fix it\n- [ ] release it",
        ],
    ) == [
        f"Did you mean `/harvest fix it`? A command begins with `/harvest`. {NOTHING_STARTED}",
        f"`do` has no option `--modle`. Did you mean `--model`? {NOTHING_STARTED} {text}",
        f"`stop` has no option `--all-of-it`. Did you mean `--all`? {NOTHING_STARTED} {text}",
        f"`--draft` and `--ready` can't both be. {NOTHING_STARTED}",
        f"`--budget lots` can't be read: write it like `--budget 2.50`. {NOTHING_STARTED}",
        "Options stand before the text. Did you mean `/harvest --model opus fix it`? "
        f"{NOTHING_STARTED} If all of it is text: `/harvest -- fix it --model opus`.",
        f"There are 6 commands here, which is more than are done at once. {NOTHING_STARTED}",
        "A job may spend $5.00 here, which is less than $1000. Nothing was started. "
        "Whoever runs this Harvest can raise it: `HARVEST_BUDGET_USD`.",
        f"Did you mean `/harvest fix it`? A command begins its line, without a mark of a list before it. {NOTHING_STARTED}",
    ]


def test_a_mention_of_the_app_at_the_beginning_of_a_line_is_a_command(scene: Scene) -> None:
    issue = scene.open_issue("Mentioned")
    scene.comment(issue, "@harvest-local status")
    (answer,) = eventually(lambda: scene.comments(issue), "the status")
    assert "Nothing is running or waiting here." in answer


def test_code_and_quotes_say_nothing(scene: Scene) -> None:
    issue = scene.open_issue("Only told of")
    for text in [
        "> /harvest stop",
        "```\n/harvest stop\n```",
        "`/harvest stop`",
        "<!--\n/harvest stop\n-->",
        "    /harvest stop",
    ]:
        scene.comment(issue, text)
    scene.comment(issue, "**/harvest:** help")
    (answer,) = eventually(lambda: scene.comments(issue), "the help")
    assert "| `/harvest stop` |" in answer
    assert scene.harvest.query("SELECT COUNT(*) FROM inbox WHERE thread = ?", issue) == [(1,)]


def test_a_command_in_a_comment_of_sixty_kilobytes_is_answered_like_any_other(scene: Scene) -> None:
    issue = scene.open_issue("A long comment")
    log = "\n".join(f"line {number} of a log" for number in range(2_900))
    scene.comment(issue, f"{log}\n\n/harvest status\n\n```\n/harvest stop\n```")
    (answer,) = eventually(lambda: scene.comments(issue), "the answer")
    assert "Nothing is running or waiting here." in answer


def test_several_commands_of_a_comment_are_done_in_order_with_their_options(scene: Scene) -> None:
    issue = scene.open_issue("Two at once")
    context = "The unit is documented in UNITS.md."
    ask = f"ask --model haiku --budget 0.75 which unit is it?\n{instructions('true', 'Seconds.')}"
    do = f"--ready --base main put it down\n{instructions(commit('unit.txt'))}"
    scene.comment(issue, f"{context}\n\n/harvest {ask}\n\n/harvest {do}")
    first, second = scene.wait_for_end(issue), scene.wait_for_end(issue, number=2)
    assert [first.outcome, second.outcome] == ["succeeded", "succeeded"]
    assert [one for one in scene.comments(issue) if "Seconds." in one]
    assert first.report["model"] == "claude-haiku-of-the-tests"
    budgets = "SELECT limit_microdollars, set_by FROM job_accounts WHERE account = 'job/' || ?"
    assert scene.harvest.query(budgets, first.id) == [(750_000, "--budget")]
    assert scene.harvest.query(budgets, second.id) == [(5_000_000, "HARVEST_BUDGET_USD")]
    assert context in first.result_of("compose_prompt")["text"]
    (pull,) = scene.pulls_of(issue)
    assert (pull["draft"], pull["base"]["ref"]) == (False, "main")
    scene.comment(issue, "/harvest --draft once more")
    said = f"`--draft` is for a pull request that is yet to be opened, and #{pull['number']} was opened here."
    scene.wait_for_comment(issue, said)
