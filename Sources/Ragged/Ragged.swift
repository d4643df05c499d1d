@_exported import RaggedBatching
@_exported import RaggedCore
@_exported import RaggedExchange
@_exported import RaggedFormats
@_exported import RaggedRuns
@_exported import RaggedStore
@_exported import RaggedTraining

#if MPI
  @_exported import RaggedMPI
#endif
