"""What every object of the overlays must be, beyond what the schemas say. Each function returns what is wrong, a line each."""

import re

# Without a schema here: the only kind that is not Kubernetes' own.
FOREIGN = {"ServiceMonitor"}
WORKLOADS = ("Deployment", "StatefulSet")


def wrong(objects, closed):
    """All that is wrong; a `closed` side has no way out of its namespace."""
    found = []
    for each in objects:
        kind, name = each["kind"], each["metadata"]["name"]
        if kind == "Secret":
            found.append(f"{kind} {name}: secrets do not belong in files")
        if kind in WORKLOADS:
            found += [f"{kind} {name}: {line}" for line in wrong_pod(each["spec"]["template"]["spec"])]
            found += wrong_surroundings(each, objects)
    policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
    found += wrong_policies(policies, closed)
    found += wrong_namespace(objects)
    return found


def wrong_pod(pod):
    """The `restricted` profile, and what romt needs."""
    found = []

    def rule(holds, text):
        if not holds:
            found.append(text)

    rule(pod.get("enableServiceLinks") is False, "services would set ROMT_ variables")
    rule(pod.get("automountServiceAccountToken") is False, "has a token of the cluster")
    context = pod.get("securityContext", {})
    rule(context.get("runAsNonRoot") is True and context.get("runAsUser", 0) > 0, "may run as root")
    rule(context.get("seccompProfile") == {"type": "RuntimeDefault"}, "may make any system call")
    for forbidden in ("hostNetwork", "hostPID", "hostIPC"):
        rule(not pod.get(forbidden), f"has `{forbidden}`")
    for volume in pod.get("volumes", []):
        rule("hostPath" not in volume, f"volume {volume['name']}: is a folder of the node")
        rule("emptyDir" not in volume or volume["emptyDir"].get("sizeLimit"), f"volume {volume['name']}: has no limit")
    for container in pod["containers"] + pod.get("initContainers", []):
        own = container.get("securityContext", {})
        rule(own.get("allowPrivilegeEscalation") is False, "may gain privileges")
        rule(own.get("readOnlyRootFilesystem") is True, "can write to its own root file system")
        rule(own.get("capabilities") == {"drop": ["ALL"]}, "keeps capabilities")
        resources = container.get("resources", {})
        rule(resources.get("limits", {}).get("memory"), "has no limit of memory")
        rule({"cpu", "memory"} <= resources.get("requests", {}).keys(), "does not say what it needs")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            rule("httpGet" in container.get(probe, {}), f"has no {probe} over HTTP")
        image = container.get("image", "")
        rule(re.search(r":(?!latest$)[\w.-]+$|@sha256:", image), f"its image `{image}` is not pinned")
        for variable in container.get("env", []):
            if re.search(r"SECRET|PASSWORD|ACCESS_KEY|ROOT_USER", variable["name"]):
                rule("secretKeyRef" in variable.get("valueFrom", {}), f"the value of {variable['name']} is in the file")
    return found


def wrong_surroundings(workload, objects):
    """Budgets, autoscalers and services are found by label or name, which nobody else checks."""
    found = []
    kind, name = workload["kind"], workload["metadata"]["name"]
    labels = workload["spec"]["template"]["metadata"]["labels"].items()

    def named(kind):
        return [each["spec"] for each in objects if each["kind"] == kind]

    if not workload["spec"]["selector"]["matchLabels"].items() <= labels:
        found.append(f"{kind} {name}: does not select its own pods")
    if not any(budget["selector"]["matchLabels"].items() <= labels for budget in named("PodDisruptionBudget")):
        found.append(f"{kind} {name}: has no PodDisruptionBudget")
    if not any(service["selector"].items() <= labels for service in named("Service")):
        found.append(f"{kind} {name}: has no Service")
    scaled = any(
        (scaler["scaleTargetRef"]["kind"], scaler["scaleTargetRef"]["name"]) == (kind, name)
        for scaler in named("HorizontalPodAutoscaler")
    )
    if scaled != (kind == "Deployment"):
        found.append(f"{kind} {name}: {'is' if scaled else 'is not'} scaled")
    if scaled and "replicas" in workload["spec"]:
        found.append(f"{kind} {name}: says how many, against its autoscaler")
    return found


def wrong_policies(policies, closed):
    found = []
    if not any(
        policy["spec"]["podSelector"] == {}
        and set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not policy["spec"].get("ingress")
        and not policy["spec"].get("egress")
        for policy in policies
    ):
        found.append("NetworkPolicy: without a rule everything is allowed")
    ways_out = 0
    for policy in policies:
        for rule in policy["spec"].get("egress", []):
            for peer in rule.get("to", [{"ipBlock": {"cidr": "0.0.0.0/0"}}]):
                if peer == {"podSelector": {}}:
                    continue
                names = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
                ports = {port["port"] for port in rule.get("ports", [])}
                if names == "kube-system" and "podSelector" in peer and ports == {53}:
                    continue
                ways_out += 1
                if closed:
                    found.append(f"NetworkPolicy {policy['metadata']['name']}: a way out of the import side")
                elif ports != {443}:
                    found.append(f"NetworkPolicy {policy['metadata']['name']}: a way out that is not https")
    if not closed and ways_out == 0:
        found.append("NetworkPolicy: the export side has no way to upstream")
    return found


def wrong_namespace(objects):
    found = []
    names = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
    for each in objects:
        if each["kind"] == "Namespace":
            if each["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
                found.append("Namespace: does not enforce the restricted profile")
        elif {each["metadata"].get("namespace")} != names:
            found.append(f"{each['kind']} {each['metadata']['name']}: is in another namespace")
    return found
