package studio.kiln.server.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EnrolmentAdded;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.NodeEnrolmentRow;
import studio.kiln.server.persistence.NodeRow;

/**
 * How nodes get in: each joins with a token that works once, and comes with a secret of its own from then on. Only digests are
 * kept; the secret is made by the node, so that not even the answer to joining bears it. Safe for any number of threads.
 */
public final class NodeCredentials {
    /** So that a secret that got somewhere it should not be is recognised as one. */
    public static final String PREFIX = "kilnnode_";

    private static final String JOIN_PREFIX = "kilnjoin_";
    private static final Duration REMEMBERED = Duration.ofMinutes(1);
    private static final Duration KEPT = Duration.ofDays(30);
    private static final int USUAL_MINUTES = 60;
    private static final int MOST_MINUTES = 7 * 24 * 60;

    private final Database database;
    private final AccessVersion version;
    private final Cache<String, Known> byDigest = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBERED)
            .build();

    private record Known(Caller.Node node, long generation) {}

    public NodeCredentials(Database database, AccessVersion version) {
        this.database = database;
        this.version = version;
    }

    /** Makes a secret for a node, on the node. */
    public static String secret() {
        return PREFIX + Tokens.next();
    }

    /** Under which a secret is known to the server. */
    public static Sha256 digest(String secret) {
        return Sha256.of(secret);
    }

    /**
     * Makes a token with which one node joins.
     *
     * @param minutes until it expires; null is an hour
     */
    public EnrolmentAdded invite(@Nullable Integer minutes, String by) {
        int lasts = minutes == null ? USUAL_MINUTES : minutes;
        if (lasts < 1 || lasts > MOST_MINUTES) {
            throw new IllegalArgumentException(
                    "A token for a node is good for 1 to " + MOST_MINUTES + " minutes, not " + lasts + ".");
        }
        String token = JOIN_PREFIX + Tokens.next();
        return database.tx(tx -> {
            NodeEnrolmentRow row = new NodeEnrolmentRow();
            row.id = Ids.next();
            row.digest = digest(token).hex();
            row.createdBy = by;
            row.createdAt = Database.now(tx);
            row.expiresAt = row.createdAt.plus(Duration.ofMinutes(lasts));
            tx.insert(row);
            tx.createMutationQuery("delete NodeEnrolmentRow where expiresAt < :before")
                    .setParameter("before", row.createdAt.minus(KEPT))
                    .executeUpdate();
            Acting.note(tx, "node.invite", "node", row.id, "until " + row.expiresAt);
            return new EnrolmentAdded(token, row.expiresAt);
        });
    }

    /**
     * Lets a node join. The same token with the same credential again gives the same node, for the first answer may have been
     * lost.
     *
     * @param credential digest of the secret that the node has made
     * @return id of the node
     * @throws ApiException 403 when the token is not good
     */
    public String join(String token, Sha256 credential, String name, int slots) {
        String shown = name.isBlank() ? "node" : name.length() <= 200 ? name : name.substring(0, 200);
        String id = database.tx(tx -> {
            NodeEnrolmentRow row = tx.createSelectionQuery(
                            "from NodeEnrolmentRow where digest = :digest", NodeEnrolmentRow.class)
                    .setParameter("digest", digest(token).hex())
                    .uniqueResult();
            Instant now = Database.now(tx);
            if (row == null) {
                throw refused("This server has not given out that token.");
            }
            if (row.node != null) {
                NodeRow known = tx.get(NodeRow.class, row.node);
                if (!known.removed && credential.hex().equals(known.credential)) {
                    return known.id;
                }
                throw refused("A node has joined with that token already, and each works once.");
            }
            if (!row.expiresAt.isAfter(now)) {
                throw refused("That token has expired.");
            }
            NodeRow node = insert(tx, credential, shown, slots, now);
            int used = tx.createMutationQuery(
                            "update NodeEnrolmentRow set usedAt = :now, node = :node where id = :id and node is null")
                    .setParameter("now", now)
                    .setParameter("node", node.id)
                    .setParameter("id", row.id)
                    .executeUpdate();
            if (used != 1) {
                throw refused("A node has joined with that token already, and each works once.");
            }
            version.change(tx);
            return node.id;
        });
        version.changed();
        return id;
    }

    private static NodeRow insert(StatelessSession tx, Sha256 credential, String name, int slots, Instant now) {
        NodeRow node = new NodeRow();
        node.id = Ids.next();
        node.name = name;
        node.slots = slots;
        node.credential = credential.hex();
        node.seenAt = now;
        node.createdAt = now;
        tx.insert(node);
        return node;
    }

    private static ApiException refused(String why) {
        return new ApiException(Problem.of(
                403,
                "ENROLMENT_VOID",
                "The node cannot join",
                why + " Ask an administrator for a new one: kiln nodes enrol."));
    }

    /** Whether {@link #look} answers without the database. */
    boolean isRemembered(String secret) {
        Known known = byDigest.getIfPresent(digest(secret).hex());
        return known != null && known.generation == version.generation();
    }

    /** Whose secret it is; empty when it is nobody's, or the node was removed. */
    Optional<Caller.Node> look(String secret) {
        String digest = digest(secret).hex();
        long generation = version.generation();
        Known known = byDigest.getIfPresent(digest);
        if (known != null && known.generation == generation) {
            return Optional.of(known.node);
        }
        Optional<Caller.Node> node = database.read(tx -> tx.createSelectionQuery(
                        "from NodeRow where credential = :digest and removed = false", NodeRow.class)
                .setParameter("digest", digest)
                .uniqueResultOptional()
                .map(row -> new Caller.Node(row.id, row.name)));
        node.ifPresent(found -> byDigest.put(digest, new Known(found, generation)));
        return node;
    }

    /** Whether the node is still let in. */
    boolean stands(Caller.Node node) {
        return database.read(tx -> tx.createSelectionQuery(
                                "select count(*) from NodeRow where id = :id and removed = false and credential is not null",
                                Long.class)
                        .setParameter("id", node.id())
                        .getSingleResult()
                > 0);
    }

    /** Lets the node in no more; in a transaction of its own. */
    public void revoke(String node) {
        database.run(tx -> {
            tx.createMutationQuery("update NodeRow set credential = null where id = :id")
                    .setParameter("id", node)
                    .executeUpdate();
            version.change(tx);
        });
        version.changed();
    }
}
