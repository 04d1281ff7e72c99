package studio.kiln.core.access;

/** What a route needs; each route names exactly one where it is declared. Until accounts exist the local user has all. */
public enum Permission {
    /** Health and the description of the API: nobody is asked who they are. */
    PUBLIC,
    /** See models, tasks, results and events. */
    READ,
    /** Upload models, submit tasks, and steer one's own. */
    RENDER,
    /** Engines, nodes, retention, shutdown. */
    OPERATE
}
