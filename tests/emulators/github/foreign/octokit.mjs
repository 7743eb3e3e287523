// octokit as an App and as a person, through the emulated GitHub. Each step says in a line of JSON how it went.
import { readFileSync } from "node:fs";
import { App, Octokit } from "octokit";

const asked = JSON.parse(process.env.ASKED);
const at = { baseUrl: asked.api };
const quiet = { throttle: { enabled: false }, retry: { enabled: false }, log: { debug() {}, info() {}, warn() {}, error() {} } };
const [owner, repo] = asked.repository.split("/");
const here = { owner, repo };

async function step(name, run) {
  try {
    console.log(JSON.stringify({ step: name, said: (await run()) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ step: name, failed: `${error.status ?? ""} ${error.message}` }));
  }
}
const refused = async (status, run) => {
  try {
    await run();
  } catch (error) {
    if (error.status === status) return status;
    throw error;
  }
  throw new Error(`was not refused with ${status}`);
};

const app = new App({ appId: asked.app_id, privateKey: readFileSync(asked.key, "utf8"), Octokit: Octokit.defaults({ ...at, ...quiet }) });
const person = new Octokit({ auth: asked.person, ...at, ...quiet });
let bot, issue, comment, pull, sha;

await step("the App by its key", async () => (await app.octokit.rest.apps.getAuthenticated()).data.slug);
await step("installations, page by page", async () => {
  for await (const { installation } of app.eachInstallation.iterator()) bot ??= await app.getInstallationOctokit(installation.id);
});
await step("repositories of the installation", async () => {
  for await (const { repository } of app.eachRepository.iterator()) if (repository.full_name === asked.repository) return repository.id > 0;
});
await step("an issue with labels", async () => {
  issue = (await bot.rest.issues.create({ ...here, title: "By octokit", labels: ["bug", "new one"] })).data.number;
});
await step("comment, edit, react", async () => {
  comment = (await bot.rest.issues.createComment({ ...here, issue_number: issue, body: "One" })).data.id;
  await bot.rest.issues.updateComment({ ...here, comment_id: comment, body: "Two" });
  await bot.rest.reactions.createForIssueComment({ ...here, comment_id: comment, content: "eyes" });
});
await step("assign, lock, unlock", async () => {
  await person.rest.issues.addAssignees({ ...here, issue_number: issue, assignees: [asked.login] });
  await person.rest.issues.lock({ ...here, issue_number: issue, lock_reason: "resolved" });
  await refused(403, () => bot.rest.issues.createComment({ ...here, issue_number: issue, body: "No" }));
  await person.rest.issues.unlock({ ...here, issue_number: issue });
});
await step("timeline by paginate", async () =>
  (await person.paginate(person.rest.issues.listEventsForTimeline, { ...here, issue_number: issue, per_page: 2 })).map((one) => one.event),
);
await step("a branch and a file", async () => {
  const base = (await person.rest.git.getRef({ ...here, ref: "heads/main" })).data.object.sha;
  await person.rest.git.createRef({ ...here, ref: "refs/heads/octokit", sha: base });
  const made = await person.rest.repos.createOrUpdateFileContents({
    ...here, path: "octokit.txt", branch: "octokit", message: "Add", content: Buffer.from("one\ntwo\n").toString("base64"),
  });
  sha = made.data.commit.sha;
});
await step("a pull request, its diff and files", async () => {
  pull = (await bot.rest.pulls.create({ ...here, title: "Octokit", head: "octokit", base: "main", body: `Fixes #${issue}` })).data.number;
  const diff = await bot.rest.pulls.get({ ...here, pull_number: pull, mediaType: { format: "diff" } });
  const files = await bot.paginate(bot.rest.pulls.listFiles, { ...here, pull_number: pull });
  return [diff.data.includes("+two"), files.length];
});
await step("a check run with annotations", async () => {
  const run = (await bot.rest.checks.create({ ...here, name: "octokit", head_sha: sha, status: "in_progress" })).data;
  const output = { title: "t", summary: "s", annotations: [{ path: "octokit.txt", start_line: 1, end_line: 1, annotation_level: "notice", message: "m" }] };
  await bot.rest.checks.update({ ...here, check_run_id: run.id, status: "completed", conclusion: "success", output });
  return (await bot.rest.checks.listAnnotations({ ...here, check_run_id: run.id })).data.length;
});
await step("a review with a comment on a line, its thread by GraphQL", async () => {
  await person.rest.pulls.createReview({
    ...here, pull_number: pull, event: "REQUEST_CHANGES", body: "Hm", comments: [{ path: "octokit.txt", line: 2, side: "RIGHT", body: "Why?" }],
  });
  await refused(422, () => person.rest.pulls.createReviewComment({ ...here, pull_number: pull, commit_id: sha, path: "octokit.txt", line: 99, side: "RIGHT", body: "x" }));
  const query = `query($owner: String!, $repo: String!, $pull: Int!) { repository(owner: $owner, name: $repo) { pullRequest(number: $pull) {
    reviewThreads(first: 5) { nodes { id isResolved } } } } }`;
  const thread = (await person.graphql(query, { ...here, pull })).repository.pullRequest.reviewThreads.nodes[0];
  await person.graphql("mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }", { id: thread.id });
  return (await person.graphql(query, { ...here, pull })).repository.pullRequest.reviewThreads.nodes[0].isResolved;
});
await step("approve and merge", async () => {
  await person.rest.pulls.createReview({ ...here, pull_number: pull, event: "APPROVE" });
  await person.rest.pulls.merge({ ...here, pull_number: pull, merge_method: "squash" });
  return (await person.rest.issues.get({ ...here, issue_number: issue })).data.state;
});
await step("search, notifications, limits", async () => {
  const found = (await person.rest.search.issuesAndPullRequests({ q: `octokit repo:${asked.repository} is:issue` })).data.total_count;
  const inbox = (await person.rest.activity.listNotificationsForAuthenticatedUser({ all: true })).data.map((one) => one.reason);
  return [found, inbox, (await person.rest.rateLimit.get()).data.resources.core.limit >= 5000];
});
await step("organisation and collaborators", async () => {
  await person.rest.orgs.get({ org: owner });
  return (await bot.rest.repos.getCollaboratorPermissionLevel({ ...here, username: asked.login })).data.role_name;
});
await step("what is not there", () => refused(404, () => person.rest.issues.get({ ...here, issue_number: 9999 })));
