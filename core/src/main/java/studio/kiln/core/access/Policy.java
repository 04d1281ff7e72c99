package studio.kiln.core.access;

import org.jspecify.annotations.Nullable;

/**
 * Decides who may do what to which thing, and says why. The only place that does; lists and events filter by the same
 * rules, and a test holds them against each other. Immutable.
 */
public final class Policy {
    /** May {@code caller} do that to the thing? */
    public Decision decide(Caller caller, Act act, Thing thing) {
        return switch (caller) {
            case Caller.LocalUser user -> new Decision.Allowed("Everything on this machine is yours.");
            case Caller.Person person -> decide(person, act, thing);
            case Caller.Nobody nobody -> hidden(thing, "Whoever has not signed in reads nothing");
            case Caller.Console console -> hidden(thing, "The server's console reads nothing that belongs to people");
            case Caller.Node node -> hidden(thing, "A node reads only what its work needs");
        };
    }

    /** Whether the caller reads everything there is, so that lists need no filter. */
    public boolean readsEverything(Caller caller) {
        return switch (caller) {
            case Caller.LocalUser user -> true;
            case Caller.Person person -> person.role() == Role.ADMIN || person.role() == Role.WRANGLER;
            case Caller.Nobody nobody -> false;
            case Caller.Console console -> false;
            case Caller.Node node -> false;
        };
    }

    /** May {@code caller} speak as the node of that id: say what it is, ask for work, renew its leases? */
    public Decision speaksAs(Caller caller, String node) {
        return caller instanceof Caller.Node self && self.id().equals(node)
                ? new Decision.Allowed("It is that node.")
                : new Decision.Denied("A node speaks only about itself.", false);
    }

    /**
     * May {@code caller} report of work that was given to a node?
     *
     * @param given id of that node; null when there is no such attempt
     */
    public Decision reportsOf(Caller caller, @Nullable String given) {
        return given != null && speaksAs(caller, given).isAllowed()
                ? new Decision.Allowed("The work was given to that node.")
                : new Decision.Denied("A node reports only of work that it was given.", true);
    }

    /**
     * May {@code caller} read bytes of a model?
     *
     * @param needed whether they belong to a model of work that the caller has now
     */
    public Decision readsInput(Caller caller, boolean needed) {
        return caller instanceof Caller.Node && needed
                ? new Decision.Allowed("The node's work needs them.")
                : new Decision.Denied("A node reads only what its work needs.", true);
    }

    /** May {@code caller} give a task that priority, 0..100? */
    public Decision priority(Caller caller, int priority) {
        if (caller instanceof Caller.Person person && priority > person.role().mostPriority()) {
            return new Decision.Denied(
                    "The role " + person.role().word() + " gives priorities up to "
                            + person.role().mostPriority() + ", not " + priority
                            + "; ask a wrangler for a higher one.",
                    false);
        }
        return new Decision.Allowed("The role gives that priority.");
    }

    private Decision decide(Caller.Person person, Act act, Thing thing) {
        if (!reads(person, thing)) {
            return hidden(thing, "It belongs to " + thing.owner() + ", who has not shared it with " + person.name());
        }
        return switch (act) {
            case READ -> new Decision.Allowed(whyReads(person, thing));
            case EDIT -> edit(person, thing);
            case SHARE -> own(person, thing, "shares");
            case DELETE -> own(person, thing, "deletes");
        };
    }

    private boolean reads(Caller.Person person, Thing thing) {
        return readsEverything(person)
                || thing.belongsTo(person.name())
                || thing.shared().includes(Access.READ);
    }

    private String whyReads(Caller.Person person, Thing thing) {
        if (thing.belongsTo(person.name())) {
            return "It is " + person.name() + "'s.";
        }
        return readsEverything(person)
                ? "The role " + person.role().word() + " reads everything."
                : "It is shared with " + person.name() + ".";
    }

    private static Decision edit(Caller.Person person, Thing thing) {
        if (!person.may(Permission.RENDER)) {
            return new Decision.Denied(
                    "The role " + person.role().word() + " only reads; ask an administrator for another role.", false);
        }
        if (person.role() == Role.ADMIN || (person.role() == Role.WRANGLER && thing.kind() == Thing.Kind.TASK)) {
            return new Decision.Allowed("The role " + person.role().word() + " may change it.");
        }
        if (thing.belongsTo(person.name())) {
            return new Decision.Allowed("It is " + person.name() + "'s.");
        }
        if (thing.shared().includes(Access.EDIT)) {
            return new Decision.Allowed("It is shared with " + person.name() + " for editing.");
        }
        return new Decision.Denied(
                named(thing) + " belongs to " + thing.owner() + " and you may only read it; ask " + thing.owner()
                        + " to share it with you for editing.",
                false);
    }

    private static Decision own(Caller.Person person, Thing thing, String verb) {
        if (!person.may(Permission.RENDER)) {
            return new Decision.Denied(
                    "The role " + person.role().word() + " " + verb
                            + " nothing; ask an administrator for another role.",
                    false);
        }
        if (person.role() == Role.ADMIN || thing.belongsTo(person.name())) {
            return new Decision.Allowed("It is " + thing.owner() + "'s.");
        }
        return new Decision.Denied(
                named(thing) + " belongs to " + thing.owner() + "; only its owner or an administrator " + verb + " it.",
                false);
    }

    private static String named(Thing thing) {
        return "The " + thing.kind().word() + " '" + thing.name() + "'";
    }

    private static Decision hidden(Thing thing, String why) {
        return new Decision.Denied(why + " (" + thing.kind().word() + " '" + thing.name() + "').", true);
    }
}
