import Foundation

/// The place that a launcher such as `mpirun` or `srun` gave this process among others, as its environment says.
public struct RankPlace: Sendable, Equatable {
  /// From 0.
  public var rank: Int
  /// The number of processes.
  public var worldSize: Int
  /// The number of those on this machine; all of them where the launcher does not say.
  public var localSize: Int

  /// The place of this process; nil where no launcher started it.
  public static var current: RankPlace? { RankPlace(ProcessInfo.processInfo.environment) }

  /// A process's part of the machine's cores: the threads that it takes where nobody says how many.
  public var usualThreads: Int {
    min(Trainer.threadLimit, max(1, ProcessInfo.processInfo.activeProcessorCount / localSize))
  }

  /// Variables of Open MPI, of MPICH and its kin, and of Slurm with PMIx.
  private static let variables = [
    (rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", local: "OMPI_COMM_WORLD_LOCAL_SIZE"),
    (rank: "PMI_RANK", size: "PMI_SIZE", local: "MPI_LOCALNRANKS"),
    (rank: "PMIX_RANK", size: "SLURM_NTASKS", local: "SLURM_NTASKS_PER_NODE"),
  ]

  /// The place that an environment describes.
  init?(_ environment: [String: String]) {
    for variable in Self.variables {
      guard let rank = environment[variable.rank].flatMap(Int.init),
        let size = environment[variable.size].flatMap(Int.init), 0..<size ~= rank
      else { continue }
      (self.rank, worldSize) = (rank, size)
      localSize = environment[variable.local].flatMap(Int.init).map { min(size, max(1, $0)) } ?? size
      return
    }
    return nil
  }
}
