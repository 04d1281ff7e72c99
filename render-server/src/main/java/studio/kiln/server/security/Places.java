package studio.kiln.server.security;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;

/**
 * Where requests may come from and by which names a server may be called. A name that a foreign page points at this server
 * (DNS rebinding) is none of them; an address written in numbers cannot be pointed anywhere, and is one when it is this
 * server's own. What proxies say of where a request came from counts only when they are listed. Immutable.
 */
public final class Places {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern NUMBERS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");

    private final Set<String> names;
    private final List<Range> proxies;

    /**
     * @param names by which people call this server, without ports
     * @param proxies addresses, or ranges such as {@code 10.0.0.0/8}
     * @throws IllegalArgumentException with the one that cannot be read
     */
    public Places(List<String> names, List<String> proxies) {
        Set<String> all = new HashSet<>(LOOPBACK);
        names.forEach(name -> all.add(name.strip().toLowerCase(Locale.ROOT)));
        this.names = Set.copyOf(all);
        this.proxies = proxies.stream().map(Range::of).toList();
    }

    /** @throws ApiException 403 */
    void check(Gate.Incoming request) {
        String host = host(request);
        if (host == null || !isOurs(withoutPort(host), request.local())) {
            throw forbidden("This server does not answer to the name '" + host
                    + "'. Use its own name, or have that one added to KILN_HOSTS.");
        }
        String origin = request.origin();
        if (origin != null && !isSame(origin, host)) {
            throw forbidden("A page of '" + origin + "' may not use this server.");
        }
    }

    private @Nullable String host(Gate.Incoming request) {
        String forwarded = request.forwardedHost();
        return forwarded != null && isProxy(request.peer()) ? last(forwarded) : request.host();
    }

    private boolean isOurs(String host, InetSocketAddress local) {
        if (names.contains(host)) {
            return true;
        }
        if (!NUMBERS.matcher(host).matches()) {
            return false;
        }
        try {
            // numbers are read, no name server is asked
            return InetAddress.getByName(host).equals(local.getAddress());
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isSame(String origin, String host) {
        try {
            URI uri = URI.create(origin);
            String there = uri.getHost();
            return there != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && there.equalsIgnoreCase(withoutPort(host));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The address that the request came from: the first, from this end, that is no listed proxy. */
    String address(Gate.Incoming request) {
        InetAddress peer = request.peer().getAddress();
        String forwarded = request.forwardedFor();
        if (forwarded == null || !isProxy(request.peer())) {
            return text(peer);
        }
        String[] hops = forwarded.split(",");
        for (int i = hops.length - 1; i >= 0; i--) {
            InetAddress hop = parse(hops[i].strip());
            if (hop == null) {
                return text(peer);
            }
            if (proxies.stream().noneMatch(range -> range.contains(hop))) {
                return text(hop);
            }
        }
        return text(peer);
    }

    boolean isProxy(InetSocketAddress peer) {
        return proxies.stream().anyMatch(range -> range.contains(peer.getAddress()));
    }

    private static @Nullable InetAddress parse(String text) {
        String bare = text.startsWith("[") && text.contains("]") ? text.substring(1, text.indexOf(']')) : text;
        if (!bare.matches("[0-9a-fA-F:.]+") || !(bare.contains(".") || bare.contains(":"))) {
            return null;
        }
        try {
            return InetAddress.getByName(bare);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static String text(InetAddress address) {
        return address.getHostAddress();
    }

    private static String last(String list) {
        return list.substring(list.lastIndexOf(',') + 1).strip();
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return (colon > host.lastIndexOf(']') ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    }

    private static ApiException forbidden(String detail) {
        return new ApiException(Problem.of(403, "FORBIDDEN", "The request may not come in", detail));
    }

    /** Addresses that begin with the same bits. */
    private record Range(InetAddress base, int bits) {
        static Range of(String text) {
            int slash = text.indexOf('/');
            InetAddress base = parse((slash < 0 ? text : text.substring(0, slash)).strip());
            try {
                int most = base == null ? 0 : base.getAddress().length * 8;
                int bits = slash < 0
                        ? most
                        : Integer.parseInt(text.substring(slash + 1).strip());
                if (base != null && bits >= 0 && bits <= most) {
                    return new Range(base, bits);
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(unreadable(text), e);
            }
            throw new IllegalArgumentException(unreadable(text));
        }

        private static String unreadable(String text) {
            return "'" + text + "' in KILN_PROXIES is no address such as 10.0.0.5 and no range such as 10.0.0.0/8.";
        }

        boolean contains(InetAddress address) {
            byte[] mine = base.getAddress();
            byte[] theirs = address.getAddress();
            if (mine.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
