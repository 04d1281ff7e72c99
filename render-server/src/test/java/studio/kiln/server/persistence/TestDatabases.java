package studio.kiln.server.persistence;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;

/** Empty databases of their own for tests, on the real server that all tests share. */
public final class TestDatabases {
    private TestDatabases() {}

    /** A new database on MariaDB with the newest tables in it. */
    public static Database mariadb() {
        Endpoint at = TestServices.mariadb();
        return Database.remote(newUrl(at), at.user(), at.password());
    }

    /** A new database on MySQL with the newest tables in it. */
    public static Database mysql() {
        Endpoint at = TestServices.mysql();
        return Database.remote(newUrl(at), at.user(), at.password());
    }

    /** Address of a new database on MariaDB, or on MySQL, without tables. */
    public static String newUrl(Endpoint at) {
        String name = "t" + Ids.next();
        String server = "jdbc:mariadb://" + at.host() + ":" + at.port() + "/";
        try (Connection connection =
                        DriverManager.getConnection(Database.driverAddress(server), at.user(), at.password());
                var statement = connection.createStatement()) {
            statement.execute("create database " + name + " character set utf8mb4");
        } catch (SQLException e) {
            throw new AssertionError("The server makes no database", e);
        }
        return server + name;
    }
}
