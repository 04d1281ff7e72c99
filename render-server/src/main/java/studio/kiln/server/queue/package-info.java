/** Work to do once, somewhere: fed in the transaction of what causes it, done by id, retried with back-off, then dead. */
@NullMarked
package studio.kiln.server.queue;

import org.jspecify.annotations.NullMarked;
