/**
 * Who may write LoadBalancers, as ValidatingAdmissionPolicies; no webhook is needed.
 *
 * | request | by the controller, or in the break-glass group | by anybody else with the RBAC permission |
 * |---|---|---|
 * | create or change the spec of one with `serviceRef` | yes | no: the Service is what they change |
 * | delete one with `serviceRef` | yes | in a namespace that is being deleted, or by Kubernetes' own collectors |
 * | write a status | yes | if they may `provide` the class (an RBAC verb), as providers in other processes do |
 * | everything else: labels, finalizers, objects written by hand | yes | yes |
 */

import { breakGlassGroup, group, installation, provideVerb } from "../names.ts";
import { listOf, match, policy } from "./admission-policy.ts";

export interface AdmissionOptions {
  /** User names of the controllers. Default: the ServiceAccount of an unchanged installation. */
  readonly controllers?: readonly string[];
}

/** Collectors of Kubernetes, under their own accounts or, where the controller manager has one account for all, under its. */
const collectors = [
  "system:serviceaccount:kube-system:generic-garbage-collector",
  "system:serviceaccount:kube-system:namespace-controller",
  "system:kube-controller-manager",
];

const emergency = `In an emergency, members of the group ${breakGlassGroup} may do it.`;

/** The user name under which a ServiceAccount of the cluster is known. */
export function serviceAccountUser(account: { namespace: string; name: string }): string {
  return `system:serviceaccount:${account.namespace}:${account.name}`;
}

/** The policies and their bindings. Without the controller nothing keeps a namespace or the CRDs from being deleted. */
export function admissionPolicies({ controllers = [defaultController] }: AdmissionOptions = {}): object[] {
  const byOthers = [
    { name: "not-by-the-controller", expression: `!(request.userInfo.username in ${listOf(controllers)})` },
    {
      name: "no-emergency",
      expression: `!(has(request.userInfo.groups) && '${breakGlassGroup}' in request.userInfo.groups)`,
    },
  ];
  return [
    ...policy(`fairlead-loadbalancers-of-services`, {
      failurePolicy: "Fail",
      matchConstraints: match("loadbalancers", "CREATE", "UPDATE"),
      matchConditions: [
        {
          name: "of-a-service",
          expression: `${ofService("object")} || (oldObject != null && ${ofService("oldObject")})`,
        },
        ...byOthers,
      ],
      // Labels, annotations and finalizers may be changed: a finalizer that nobody serves must be removable.
      validations: [
        {
          expression: "oldObject != null && object.spec == oldObject.spec",
          reason: "Forbidden",
          messageExpression: `'a LoadBalancer with spec.serviceRef is written by Fairlead only: change Service ' + (${ofService("object")} ? string(object.spec.serviceRef.name) : string(oldObject.spec.serviceRef.name)) + ' instead, and its LoadBalancer follows. ${emergency}'`,
        },
      ],
    }),
    ...policy(`fairlead-loadbalancer-deletion`, {
      // Whatever goes wrong here must not hold up the deletion of a namespace.
      failurePolicy: "Ignore",
      matchConstraints: match("loadbalancers", "DELETE"),
      matchConditions: [
        { name: "of-a-service", expression: `oldObject != null && ${ofService("oldObject")}` },
        { name: "not-deleted-yet", expression: "!has(oldObject.metadata.deletionTimestamp)" },
        { name: "not-by-a-collector", expression: `!(request.userInfo.username in ${listOf(collectors)})` },
        ...byOthers,
      ],
      validations: [
        {
          expression: "namespaceObject != null && has(namespaceObject.metadata.deletionTimestamp)",
          reason: "Forbidden",
          messageExpression: `'the LoadBalancer belongs to Service ' + string(oldObject.spec.serviceRef.name) + ': delete that Service, or change its type, and the LoadBalancer goes with it. ${emergency}'`,
        },
      ],
    }),
    ...policy(`fairlead-loadbalancer-status`, {
      failurePolicy: "Fail",
      matchConstraints: match("loadbalancers/status", "UPDATE"),
      matchConditions: byOthers,
      validations: [
        {
          expression:
            "(has(object.status) == has(oldObject.status) && (!has(object.status) || object.status == oldObject.status)) || " +
            `authorizer.group('${group}').resource('loadbalancerclasses').name(object.spec.className).check('${provideVerb}').allowed()`,
          reason: "Forbidden",
          messageExpression: `'the status is written by the provider of class ' + string(object.spec.className) + ': that is whoever may "${provideVerb}" this LoadBalancerClass by a ClusterRole. ${emergency}'`,
        },
      ],
    }),
  ];
}

/**
 * A MutatingAdmissionPolicy for clouds whose own controller also takes Services without a class: it names the class when
 * a Service becomes one of type LoadBalancer, before that controller sees it. The kind is served from Kubernetes 1.36 on.
 */
export function defaultClassPolicy(className: string): object[] {
  const name = "fairlead-default-class";
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["services"],
            },
          ],
        },
        matchConditions: [
          {
            name: "without-class",
            expression:
              "has(object.spec.type) && object.spec.type == 'LoadBalancer' && !has(object.spec.loadBalancerClass)",
          },
          // A Service that is one already belongs to somebody, and its class can't be changed any more.
          {
            name: "becomes-a-load-balancer",
            expression: "oldObject == null || oldObject.spec.type != 'LoadBalancer'",
          },
        ],
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: {
              expression: `Object{spec: Object.spec{loadBalancerClass: '${group}/${className}'}}`,
            },
          },
        ],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}

const defaultController = serviceAccountUser({
  namespace: installation.namespace,
  name: installation.serviceAccount,
});

const ofService = (object: string) => `has(${object}.spec.serviceRef)`;
