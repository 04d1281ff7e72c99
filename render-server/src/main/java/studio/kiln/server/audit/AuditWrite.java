package studio.kiln.server.audit;

import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.server.persistence.AuditRow;
import studio.kiln.server.persistence.Database;

/** An entry that is about to be written. */
record AuditWrite(
        Actor actor, String address, String act, String targetKind, String target, Outcome outcome, String detail) {
    /** Who it was, as the log names them. */
    record Actor(String name, String kind, @Nullable String credential) {
        static Actor of(Caller caller) {
            return switch (caller) {
                case Caller.Person person ->
                    new Actor(
                            person.name(),
                            person.credential().session() ? "session" : "token",
                            person.credential().id());
                case Caller.LocalUser user -> new Actor(user.name(), "local", null);
                case Caller.Console console -> new Actor(console.name(), "console", null);
                case Caller.Node node -> new Actor(node.name(), "node", node.id());
                case Caller.Nobody nobody -> new Actor("", "nobody", null);
            };
        }

        /** Somebody who has shown a password, or none, and no credential yet. */
        static Actor named(String name) {
            return new Actor(name, "password", null);
        }
    }

    void insert(StatelessSession tx) {
        AuditRow row = new AuditRow();
        row.at = Database.now(tx);
        row.actor = cut(actor.name, 100);
        row.actorKind = actor.kind;
        row.credential = actor.credential;
        row.address = cut(address, 64);
        row.act = cut(act, 60);
        row.targetKind = cut(targetKind, 20);
        row.target = cut(target, 100);
        row.outcome = outcome.word();
        row.detail = cut(detail, 2000);
        tx.insert(row);
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "\u2026";
    }
}
