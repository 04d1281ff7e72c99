package studio.kiln.server.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.StatelessSession;
import studio.kiln.core.access.Act;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Decision;
import studio.kiln.core.access.Policy;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.persistence.Database;

/**
 * The guard of a studio. What was decided is remembered until rights change somewhere: events ask about each thing many times a
 * second for each who listens, and most of what happens is hidden from most of them.
 */
public final class AccountGuard implements Guard {
    private final Database database;
    private final Policy policy;
    private final AuditLog audit;
    private final AccessVersion version;
    private final Cache<Question, Verdict> verdicts = Caffeine.newBuilder()
            .maximumSize(200_000)
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();

    private record Question(String person, Subject subject, String name, Act act) {}

    /** @param generation of the rights that it goes by */
    private record Verdict(long generation, boolean allowed) {}

    public AccountGuard(Database database, Policy policy, AuditLog audit, AccessVersion version) {
        this.database = database;
        this.policy = policy;
        this.audit = audit;
        this.version = version;
    }

    @Override
    public void check(Caller caller, Subject subject, String name, Act act) {
        Question question =
                caller instanceof Caller.Person person ? new Question(person.id(), subject, name, act) : null;
        long generation = version.generation();
        if (question != null && known(question, generation).orElse(false)) {
            return;
        }
        Optional<Things.Found> found = database.read(tx -> Things.find(tx, caller, subject, name));
        if (found.isEmpty()) {
            throw notFound(subject, name);
        }
        Decision decision = policy.decide(caller, act, found.get().thing());
        switch (decision) {
            case Decision.Allowed yes -> {
                if (question != null) {
                    verdicts.put(question, new Verdict(generation, true));
                }
            }
            case Decision.Denied no -> {
                Acting.refused(
                        audit,
                        caller,
                        found.get().thing().kind().word(),
                        found.get().id(),
                        no.why());
                throw no.hidden()
                        ? notFound(subject, name)
                        : new ApiException(Problem.of(403, "NOT_ALLOWED", "You may not do that", no.why()));
            }
        }
    }

    @Override
    public boolean knows(Caller caller, Subject subject, String name, Act act) {
        return caller instanceof Caller.Person person
                && known(new Question(person.id(), subject, name, act), version.generation())
                        .orElse(false);
    }

    @Override
    public boolean reads(Caller caller, Subject subject, String id) {
        if (policy.readsEverything(caller)) {
            return true;
        }
        if (!(caller instanceof Caller.Person person)) {
            return false;
        }
        Question question = new Question(person.id(), subject, id, Act.READ);
        long generation = version.generation();
        Optional<Boolean> known = known(question, generation);
        if (known.isPresent()) {
            return known.get();
        }
        Optional<Things.Found> found = database.read(tx -> Things.find(tx, caller, subject, id));
        boolean reads = found.filter(
                        thing -> policy.decide(caller, Act.READ, thing.thing()).isAllowed())
                .isPresent();
        if (found.isPresent()) {
            // of what is not there nothing is remembered: it may come
            verdicts.put(question, new Verdict(generation, reads));
        }
        return reads;
    }

    /** Whether the caller may change what lies in a project, as {@code tx} sees it. */
    public static boolean mayChangeProject(StatelessSession tx, Caller caller, String project) {
        return Things.find(tx, caller, Subject.PROJECT, project)
                .filter(found ->
                        new Policy().decide(caller, Act.EDIT, found.thing()).isAllowed())
                .isPresent();
    }

    private Optional<Boolean> known(Question question, long generation) {
        return Optional.ofNullable(verdicts.getIfPresent(question))
                .filter(verdict -> verdict.generation == generation)
                .map(Verdict::allowed);
    }

    /** The same words whether there is no such thing or the caller may not know of it. */
    static ApiException notFound(Subject subject, String name) {
        return new ApiException(
                switch (subject) {
                    case PROJECT ->
                        Problem.of(
                                404,
                                "NO_SUCH_PROJECT",
                                "There is no such project",
                                "There is no project '" + name + "'.");
                    case MODEL ->
                        Problem.of(
                                404,
                                "NO_SUCH_MODEL",
                                "There is no such model",
                                "There is no model '" + name + "'; it may have been deleted.");
                    case VERSION ->
                        Problem.of(
                                404,
                                "NO_SUCH_VERSION",
                                "There is no such version of a model",
                                "There is no model version '" + name + "'; it may have been removed.");
                    case TASK -> Problem.of(404, "NOT_FOUND", "Not found", "There is no task '" + name + "' here.");
                    case RESULT ->
                        Problem.of(
                                404,
                                "NO_SUCH_RESULT",
                                "There is no such picture",
                                "There is no published picture '" + name + "'.");
                });
    }
}
