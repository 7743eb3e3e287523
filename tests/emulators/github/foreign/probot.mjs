// A Probot app that answers every new issue, behind the emulated GitHub's webhook. Says where it listens, then works until it is ended.
import { readFileSync } from "node:fs";
import { Probot, Server } from "probot";

const asked = JSON.parse(process.env.ASKED);
const server = new Server({
  port: asked.port,
  host: "127.0.0.1",
  Probot: Probot.defaults({
    appId: asked.app_id, privateKey: readFileSync(asked.key, "utf8"), secret: asked.secret, baseUrl: asked.api, logLevel: "error",
  }),
});
await server.load((app) => {
  app.on("issues.opened", async (context) => {
    const config = await context.config("probot.yml", { greeting: "Hello" });
    await context.octokit.rest.issues.createComment(context.issue({ body: `${config.greeting} from Probot` }));
  });
  app.on("issue_comment.created", async (context) => {
    if (!context.isBot) await context.octokit.rest.reactions.createForIssueComment(context.repo({ comment_id: context.payload.comment.id, content: "rocket" }));
  });
});
await server.start();
console.log(JSON.stringify({ ready: true }));
