package studio.kiln.core.access;

/** What a route needs; each route names exactly one where it is declared. What may be done to one thing is {@link Policy}'s. */
public enum Permission {
    /** Health, the description of the API, and signing in: nobody is asked who they are. */
    PUBLIC,
    /** One's own account: who one is, password, tokens. */
    ACCOUNT,
    /** See models, tasks, results and events, as far as one may read them. */
    READ,
    /** Upload models, submit tasks, steer and share one's own. */
    RENDER,
    /** Let scripts that come with a model run, in the task that one submits. */
    TRUST,
    /** Nodes and engines of the farm. */
    OPERATE,
    /** End the server. */
    SHUT_DOWN,
    /** Ask for work and report of it, as the node that one is. No person has it. */
    NODE,
    /** Accounts, roles and groups, the audit log, and programs that the server is to run. */
    ADMINISTER
}
