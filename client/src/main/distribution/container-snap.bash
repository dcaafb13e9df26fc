# bash completion for container-snap(8)

_container_snap_ids() {
    container-snap --no-ask-password list-snapshots 2>/dev/null | sed -n '2,$s/,.*//p'
}

_container_snap_names() {
    container-snap --no-ask-password list-images 2>/dev/null | cut -d, -f3- | grep -vx unknown-name
}

_container_snap() {
    local commands='status deploy update pull load list-images list-snapshots jobs create-snapshot get-root verify switch rollback bless get-default get-current set-readonly-state get-readonly-state pin unpin delete prune init help'
    local options='--host --machine --no-ask-password --help --version'
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' i

    COMPREPLY=()
    # bash makes three words of --id=ID.
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $previous == '=' && COMP_CWORD -gt 1 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -H | --host | -M | --machine) ((i++)) ;;
            -*) ;;
            *)
                command=${COMP_WORDS[i]}
                break
                ;;
        esac
    done

    case $previous in
        --id)
            mapfile -t COMPREPLY < <(compgen -W "$(_container_snap_ids)" -- "$word")
            return
            ;;
        --url)
            mapfile -t COMPREPLY < <(compgen -W "$(_container_snap_names)" -- "$word")
            return
            ;;
        --ignore)
            mapfile -t COMPREPLY < <(
                compgen -W 'client no-snapper transactional-update kernel systemd boot-loader rsync network architecture
                    snapshots-directory login' -- "$word"
            )
            return
            ;;
        --policy)
            mapfile -t COMPREPLY < <(compgen -W 'none check stage' -- "$word")
            return
            ;;
        -i | --input)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
            ;;
        -H | --host)
            mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
            return
            ;;
        -M | --machine)
            mapfile -t COMPREPLY < <(compgen -W "$(machinectl --no-legend list 2>/dev/null | cut -d' ' -f1)" -- "$word")
            return
            ;;
    esac

    case $command in
        '' | help)
            mapfile -t COMPREPLY < <(compgen -W "$commands $options" -- "$word")
            ;;
        create-snapshot | get-root | switch | get-readonly-state | pin | unpin)
            mapfile -t COMPREPLY < <(compgen -W "$(_container_snap_ids) $options" -- "$word")
            ;;
        verify)
            mapfile -t COMPREPLY < <(
                compgen -W "--json $(_container_snap_ids) $(_container_snap_names) $options" -- "$word"
            )
            ;;
        deploy)
            mapfile -t COMPREPLY < <(
                compgen -W "--stage-only --ignore --digest --reboot --dry-run $(_container_snap_ids) $(_container_snap_names) $options" -- "$word"
            )
            ;;
        set-readonly-state)
            mapfile -t COMPREPLY < <(
                compgen -W "--readonly --no-readonly --force $(_container_snap_ids) $options" -- "$word"
            )
            ;;
        prune)
            mapfile -t COMPREPLY < <(
                compgen -W "--keep-last --keep-days --free --dry-run --json $options" -- "$word"
            )
            ;;
        update)
            mapfile -t COMPREPLY < <(compgen -W "--check --digest --policy --json $options" -- "$word")
            ;;
        rollback)
            mapfile -t COMPREPLY < <(compgen -W "--forget $options" -- "$word")
            ;;
        delete)
            mapfile -t COMPREPLY < <(compgen -W "--id --url $options" -- "$word")
            ;;
        load)
            mapfile -t COMPREPLY < <(compgen -W "--input oci-archive: docker-archive: $options" -- "$word")
            ;;
        list-images | list-snapshots | jobs | status)
            mapfile -t COMPREPLY < <(compgen -W "--json $options" -- "$word")
            ;;
        pull | init | get-default | get-current)
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
            ;;
    esac
}

complete -F _container_snap container-snap
