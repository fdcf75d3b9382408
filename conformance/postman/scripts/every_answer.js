// After every request: an answer of the API is as the contract has it, whatever was asked.
const contract = CONTRACT;
const path = pm.request.url.getPath();
const asked = contract.find((operation) => operation.method === pm.request.method && new RegExp(operation.path).test(path));
const due = asked && pm.response.code && asked.answers[pm.response.code];
if (asked) {
    pm.test(`status ${pm.response.code} is documented`, () => pm.expect(Object.keys(asked.answers)).to.include(String(pm.response.code)));
}
for (const [name, rule] of Object.entries((due && due.headers) || {})) {
    pm.test(`header ${name} is ${rule.title}`, () => {
        const value = pm.response.headers.get(name);
        pm.expect(value, "is missing").to.be.a("string");
        pm.expect(value).to.match(/^[0-9]+$/);
        if ("const" in rule) pm.expect(Number(value)).to.equal(rule.const);
        if ("minimum" in rule) pm.expect(Number(value)).to.be.at.least(rule.minimum);
        if ("maximum" in rule) pm.expect(Number(value)).to.be.at.most(rule.maximum);
    });
}
for (const name of (due && due.absent) || []) {
    pm.test(`header ${name} is not there`, () => pm.expect(pm.response.headers.has(name)).to.equal(false));
}
if (due && due.json) {
    pm.test("the body is JSON, and says so", () => {
        pm.expect(pm.response.headers.get("Content-Type") || "").to.match(/^application\/([^;]+\+)?json/i);
        pm.response.json();
    });
}
if (due && due.schema) {
    pm.test("the body is as documented", () => pm.response.to.have.jsonSchema(due.schema));
}
