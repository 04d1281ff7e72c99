package studio.kiln.server.storage;

import java.net.URI;

/**
 * Where a plain file server with WebDAV is and how one gets in.
 *
 * @param address of a folder that belongs to Kiln; it is made when its parent is there
 * @param user for basic authentication; empty for none
 */
public record WebDavSettings(URI address, String user, String password) implements StoreSettings {
    /** @throws IllegalArgumentException with what is wrong in a sentence */
    public WebDavSettings {
        boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
        if (!http || address.getHost() == null || address.getUserInfo() != null || address.getQuery() != null) {
            throw new IllegalArgumentException("'" + address.getScheme() + "://" + address.getHost()
                    + "' is no address of a file server; give it as https://HOST:PORT/FOLDER, the user and the password"
                    + " apart.");
        }
        if (!address.getPath().endsWith("/")) {
            address = URI.create(address + "/");
        }
    }

    /** Never shows the password. */
    @Override
    public String toString() {
        return address.toString();
    }
}
