/** Tasks and chunks: submission, planning, choice, leases, failures, publication. */
@NullMarked
package studio.kiln.server.scheduler;

import org.jspecify.annotations.NullMarked;
