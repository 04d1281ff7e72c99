/** What people set: one YAML file and the variables that override it, read with all mistakes at once. */
@NullMarked
package studio.kiln.server.ops.config;

import org.jspecify.annotations.NullMarked;
