package studio.kiln.server.audit;

import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;

/**
 * Who acts on this thread, for the length of one request. What changes something on behalf of a person says so with {@link
 * #note} inside its transaction; without a person (the scheduler, a node, offline mode) that writes nothing.
 *
 * @param address where the request came from
 * @param request method and path of the route
 */
public record Acting(Caller caller, String address, String request) {
    private static final ScopedValue<Acting> NOW = ScopedValue.newInstance();

    /** Runs work on behalf of somebody. */
    public <R extends @Nullable Object, X extends Throwable> R during(ScopedValue.CallableOp<R, X> work) throws X {
        return ScopedValue.where(NOW, this).call(work);
    }

    /** Records in {@code tx} that who acts has done that; nothing when nobody does. */
    public static void note(StatelessSession tx, String act, String targetKind, String target, String detail) {
        if (NOW.isBound()) {
            Acting now = NOW.get();
            new AuditWrite(AuditWrite.Actor.of(now.caller), now.address, act, targetKind, target, Outcome.DONE, detail)
                    .insert(tx);
        }
    }

    /** Records that who acts was refused. */
    public static void refused(AuditLog audit, Caller caller, String targetKind, String target, String why) {
        String address = NOW.isBound() ? NOW.get().address : "";
        String request = NOW.isBound() ? NOW.get().request : "";
        audit.refused(caller, address, request, targetKind, target, why);
    }

    /** Who acts; empty when nobody does. */
    public static Optional<Caller> who() {
        return NOW.isBound() ? Optional.of(NOW.get().caller) : Optional.empty();
    }

    /** Where the request came from; "" when there is none. */
    public static String from() {
        return NOW.isBound() ? NOW.get().address : "";
    }
}
