/*
 * A limit on all the bytes that a process holds for its clients, whatever the limits of the single buffers add up to.
 *
 * Three levels: the budget of the process, one purse a thread, one account a connection. Accounts of one peer may share a budget of their
 * own beside that. A charge goes to an account, which has a
 * share of its own, and is paid from the purse of its thread. The purse fetches portions from the budget and brings them back, so
 * that threads meet at the shared counter only every BUDGET_PORTION_BYTES. buf and arena charge an account for what they hold.
 *
 * Flow     budget_init; in each thread budget_purse_init; for each client budget_account_init, then charge and release.
 * Refusal  A charge over the account's share or over the budget gives false, charges nothing and sets account->refused. So
 *          does a buf or an arena that cannot grow for that reason: its owner tells "no memory for clients" (try again later)
 *          from "larger than this buffer may be" (never) by the flag, and clears it.
 * Limits   What purses keep counts as used: up to three portions a thread. Memory that is there anyway is counted even above
 *          the limits (budget_adopt, budget_move); charges are refused until there is room again.
 * Threads  A budget belongs to all threads; a purse and the accounts on it to one. No call waits.
 *
 *     budget_init(&budget, 1 << 30);                                 the process
 *     budget_purse_init(&purse, &budget);                            a thread
 *     budget_account_init(&connection->account, &purse, 4 << 20);    a client
 *     buf_set_account(&body, &connection->account);
 *     if (!buf_append(&body, piece))
 *         return connection->account.refused ? SERVICE_UNAVAILABLE : PAYLOAD_TOO_LARGE;
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* What a purse fetches at once. It pays for some dozens of small requests; what idle threads keep of it is little beside a budget. */
#define BUDGET_PORTION_BYTES ((size_t)256 * 1024)

struct budget {
    _Atomic size_t used; /* bytes that purses have fetched */
    size_t max;
};

struct budget_purse {
    struct budget *budget;
    size_t fetched; /* bytes, from the budget */
    size_t used;    /* bytes of them that accounts are charged with */
};

struct budget_account {
    struct budget_purse *purse;
    size_t used; /* bytes; above max only by budget_adopt() and budget_move() */
    size_t max;
    /* What all accounts of one peer hold above their floors, on any thread. Set while `used` is 0; NULL: it is not limited. */
    struct budget *peer;
    size_t floor; /* as much it gets whatever the limits say, so that its client can be told no; 0 at first */
    bool refused; /* set by a charge that was refused; cleared by whoever has looked at it */
};

void budget_init(struct budget *budget, size_t bytes_max);

/* Bytes in use, with what purses keep. From any thread. */
size_t budget_used(const struct budget *budget);

/* An empty purse. It keeps the pointer. */
void budget_purse_init(struct budget_purse *purse, struct budget *budget);

/* Brings everything back; accounts on it must be empty. NULL is fine, and a purse that is all zero. */
void budget_purse_free(struct budget_purse *purse);

/* An empty account whose share is bytes_max. It keeps the purse's pointer. There is nothing to free when all was released. */
void budget_account_init(struct budget_account *account, struct budget_purse *purse, size_t bytes_max);

/* Before memory is allocated. False: refused, nothing was charged. NULL as account: true, nothing is counted. */
MUST_USE bool budget_charge(struct budget_account *account, size_t bytes);

/* After memory was freed; no more than was charged. NULL is fine. */
void budget_release(struct budget_account *account, size_t bytes);

/* Counts memory that is there already, even above share and budget. NULL is fine. */
void budget_adopt(struct budget_account *account, size_t bytes);

/*
 * Hands the charge for memory over, even above the share of `to`: memory that was a request's and is kept for the next one. Both
 * belong to one purse. NULL on either side is memory that is not counted there: then it is adopted, or released.
 */
void budget_move(struct budget_account *from, struct budget_account *to, size_t bytes);

#endif
