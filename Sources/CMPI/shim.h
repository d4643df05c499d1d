// MPI's constants are macros, its handles pointers in Open MPI and integers in MPICH: Swift sees neither. What Ragged asks
// of MPI is bytes from one rank to another; sums are its own.
#ifndef RAGGED_CMPI_SHIM_H
#define RAGGED_CMPI_SHIM_H

#include <mpi.h>
#include <stddef.h>

/// A message on its way.
typedef struct {
  MPI_Request request;
} ragged_mpi_message;

/// Joins the ranks that the launcher started; calls may come from any thread, one at a time. Faults are returned.
static inline int ragged_mpi_join(int *threads) {
  int provided = 0;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  *threads = provided >= MPI_THREAD_SERIALIZED;
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

static inline int ragged_mpi_is_joined(void) {
  int flag = 0;
  MPI_Initialized(&flag);
  return flag;
}

/// Returns when every rank has come here.
static inline int ragged_mpi_leave(void) {
  int flag = 0;
  MPI_Finalized(&flag);
  return flag ? MPI_SUCCESS : MPI_Finalize();
}

static inline int ragged_mpi_rank(int *rank) { return MPI_Comm_rank(MPI_COMM_WORLD, rank); }
static inline int ragged_mpi_size(int *size) { return MPI_Comm_size(MPI_COMM_WORLD, size); }

static inline int ragged_mpi_begin_send(const void *bytes, int count, int rank, int tag, ragged_mpi_message *message) {
  return MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &message->request);
}

static inline int ragged_mpi_begin_receive(void *bytes, int count, int rank, int tag, ragged_mpi_message *message) {
  return MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &message->request);
}

/// Whether a message has arrived, or has left its bytes behind.
static inline int ragged_mpi_test(ragged_mpi_message *message, int *done) {
  return MPI_Test(&message->request, done, MPI_STATUS_IGNORE);
}

/// Takes no more interest in a message that is to be received.
static inline void ragged_mpi_give_up(ragged_mpi_message *message) {
  MPI_Cancel(&message->request);
  MPI_Request_free(&message->request);
}

/// Whether a message of this tag waits, from which rank and of how many bytes.
static inline int ragged_mpi_probe(int tag, int *found, int *rank, int *count) {
  MPI_Status status;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, found, &status);
  if (code != MPI_SUCCESS || !*found) return code;
  *rank = status.MPI_SOURCE;
  return MPI_Get_count(&status, MPI_BYTE, count);
}

/// What a code means; `text` has room for at least MPI_MAX_ERROR_STRING bytes.
static inline void ragged_mpi_text(int code, char *text) {
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) length = 0;
  text[length] = 0;
}

enum { ragged_mpi_text_size = MPI_MAX_ERROR_STRING + 1, ragged_mpi_success = MPI_SUCCESS };

#endif
