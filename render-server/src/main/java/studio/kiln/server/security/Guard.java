package studio.kiln.server.security;

import studio.kiln.core.access.Act;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;

/**
 * Stands before everything that has an owner: finds out whose it is, and lets {@link Policy} decide. Safe for any number of
 * threads.
 */
public interface Guard {
    /** For a machine with one user: what there is, is theirs, and what there is not, the handler says. */
    Guard OPEN = new Guard() {
        @Override
        public void check(Caller caller, Subject subject, String name, Act act) {
            // everything is theirs
        }

        @Override
        public boolean reads(Caller caller, Subject subject, String id) {
            return true;
        }

        @Override
        public boolean knows(Caller caller, Subject subject, String name, Act act) {
            return true;
        }
    };

    /**
     * @param name as it came in the request: an id, or the number of a task
     * @throws ApiException 404 when there is no such thing or the caller may not know of it, in the same words; 403 when
     *     they may read it but not do that
     */
    void check(Caller caller, Subject subject, String name, Act act);

    /** Whether the caller may read it, asked often: for events. False also when there is no such thing. */
    boolean reads(Caller caller, Subject subject, String id);

    /** Whether it is known, without asking anywhere, that {@link #check} passes. */
    boolean knows(Caller caller, Subject subject, String name, Act act);
}
