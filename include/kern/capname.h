/* SPDX-License-Identifier: Apache-2.0 */
/* capname.h - capabilities that are newer than this program */
#ifndef CL_KERN_CAPNAME_H
#define CL_KERN_CAPNAME_H

/* capname_number - number of a capability that our own table does not have, as the system's libcap
 * knows it ("CAP_…"); -1 when it does not know it either. The library is loaded for this question
 * only. */
int capname_number(const char *name);

#endif
