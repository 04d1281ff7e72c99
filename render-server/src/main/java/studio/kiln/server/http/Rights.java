package studio.kiln.server.http;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Decision;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.Sight;
import studio.kiln.server.security.Subject;

/** What a caller may do beyond the permission of the route, and the record of it. */
final class Rights {
    private final Guard guard;
    private final Policy policy;
    private final @Nullable StudioAccess studio;

    Rights(Guard guard, Policy policy, @Nullable StudioAccess studio) {
        this.guard = guard;
        this.policy = policy;
        this.studio = studio;
    }

    /** Records an act that has no transaction of its own, before it is done. */
    void note(String act, String kind, String target, String detail) {
        if (studio != null) {
            studio.audit().note(act, kind, target, detail);
        }
    }

    void check(Call call, Subject subject, String name, Act act) {
        guard.check(call.caller(), subject, name, act);
    }

    void checkPriority(Call call, int priority) {
        if (policy.priority(call.caller(), priority) instanceof Decision.Denied denied) {
            refuse(call, "PRIORITY_TOO_HIGH", denied.why());
        }
    }

    void refuse(Call call, String code, String why) {
        if (studio != null) {
            Acting.refused(studio.audit(), call.caller(), "task", "", why);
        }
        throw new ApiException(Problem.of(403, code, "You may not do that", why));
    }

    Sight sight(Call call) {
        return Sight.of(policy, call.caller());
    }

    Predicate<String> readsTask(Call call) {
        return id -> guard.reads(call.caller(), Subject.TASK, id);
    }
}
