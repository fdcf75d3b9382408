// Ask again until the generation has ended. Only a collection run does so; in the app, send the request again.
const polled = Number(pm.collectionVariables.get("polled") || 0) + 1;
const answer = pm.response.code === 200 ? pm.response.json() : {};
const goesOn = ["queued", "running"].includes(answer.status) && polled < Number(pm.variables.get("mostPolls"));
pm.collectionVariables.set("polled", goesOn ? polled : 0);
if (goesOn) {
    pm.execution.setNextRequest(pm.info.requestName);
} else {
    pm.test("the generation has succeeded", () => pm.expect(answer.status).to.equal("succeeded"));
    pm.test("the id is the one that was accepted", () => pm.expect(answer.id).to.equal(pm.collectionVariables.get("generationId")));
    pm.collectionVariables.set("png", answer.outputs && answer.outputs[0] ? answer.outputs[0].png : "");
}
