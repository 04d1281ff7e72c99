/**
 * The database: connections, migrations, and the rows of every table. Rows are plain data with public fields, used within
 * one transaction and never handed out of the server.
 */
@org.jspecify.annotations.NullMarked
package studio.kiln.server.persistence;
