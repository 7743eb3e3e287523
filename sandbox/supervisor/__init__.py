"""Runs the agent inside a sandbox and goes on when Harvest is gone.

Only what runs *in* the sandbox may live here: standard library, Python 3.8 and later, nothing imported from elsewhere.
`sandbox/run.py`, Harvest's side of it, has this folder as one file, puts that into the sandbox's control folder and
runs it with the sandbox's python3. All that the two sides share is a run folder:

    run.json            what to run, see `plan.Plan` (written by Harvest)
    messages/*.json     lines for the agent's stdin, in the order of their names; more may come while it runs (Harvest)
    told.json           which messages it is told first, and the seconds that it has from then on (Harvest)
    stop                the agent is to stop; the text says why (Harvest)
    started.json        the agent is started as soon as it may be (supervisor)
    may_start           it may be: nothing that an earlier one left configures git in its workspace (Harvest)
    events.jsonl        the agent's stdout, whole lines only (supervisor)
    stderr.log          the end of the agent's stderr (supervisor)
    exit.json           how it ended; the supervisor's last act (supervisor)
    lock                held as long as the supervisor lives (supervisor)
"""
