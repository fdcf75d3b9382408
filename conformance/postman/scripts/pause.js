// The first poll waits, too: a generation takes its time.
setTimeout(() => {}, 1000 * Number(pm.variables.get("pollSeconds")));
